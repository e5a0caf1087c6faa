import { describe, expect, it } from "vitest";
import { openShop, products, purchased, untouched } from "./open-shop.ts";

describe("Checkout after a payment whose answer got lost", () => {
  it("rolls back although the money has moved, and a retry finds that very charge", async () => {
    const { db, Procedures, cartOf, chargeOf, state } = await openShop();
    const cartId = await cartOf("pm_lost_answer");

    const first = await Procedures.Checkout(cartId);
    expect(first.error).toMatchObject({ code: "PAYMENT_UNCERTAIN", retryable: true });
    expect(await state(cartId)).toEqual(untouched);
    const charge = await chargeOf(cartId);
    expect(charge).toMatchObject({ amount: 2_000 });

    expect(await Procedures.Checkout(cartId)).toEqual({ amount_charged: 2_000, remaining_balance: 8_000 });
    expect(await state(cartId)).toEqual(purchased);
    expect(await chargeOf(cartId)).toEqual(charge);
    expect(await db.prepare("SELECT charge_id FROM purchase").first("charge_id")).toBe(charge!.id);
  });

  it("finds the charge even if the card would be declined by now", async () => {
    const { db, Procedures, cartOf, state } = await openShop();
    const cartId = await cartOf("pm_lost_answer");
    await Procedures.Checkout(cartId);
    await db.exec("UPDATE user SET payment_method_id = 'pm_declined'");
    expect(await Procedures.Checkout(cartId)).toMatchObject({ amount_charged: 2_000 });
    expect(await state(cartId)).toEqual(purchased);
  });

  it("never charges a second time for a cart that has changed since", async () => {
    const { Procedures, addUser, chargeOf, state } = await openShop();
    const userId = await addUser("pm_lost_answer");
    const { cart_id: cartId } = await Procedures.AddToCart(userId, products.pen, 1);
    await Procedures.Checkout(cartId!);
    const charge = await chargeOf(cartId!);
    await Procedures.AddToCart(userId, products.ink, 1);

    const { error } = await Procedures.Checkout(cartId!);
    expect(error).toMatchObject({
      name: "PaymentConflictError",
      code: "PAYMENT_CONFLICT",
      status: 409,
      charge: { id: charge!.id, amount: 2_000 },
    });
    expect(await state(cartId!)).toEqual(untouched);
  });

  it("lets a declined customer pay the same cart with another card", async () => {
    const { db, Procedures, cartOf, state } = await openShop();
    const cartId = await cartOf("pm_declined");
    expect((await Procedures.Checkout(cartId)).error).toMatchObject({ code: "PAYMENT_FAILED" });
    await db.exec("UPDATE user SET payment_method_id = 'pm_card'");
    expect(await Procedures.Checkout(cartId)).toMatchObject({ amount_charged: 2_000 });
    expect(await state(cartId)).toEqual(purchased);
  });
});
