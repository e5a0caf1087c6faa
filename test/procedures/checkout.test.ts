import { describe, expect, it } from "vitest";
import { openShop, products, purchased, untouched } from "./open-shop.ts";

describe("Checkout", () => {
  it("marks the cart, writes the order with its prices, takes the balance and charges once", async () => {
    const { db, Procedures, addUser, chargeOf, state } = await openShop();
    const userId = await addUser("pm_card");
    await Procedures.AddToCart(userId, products.notebook, 3);
    const { cart_id } = await Procedures.AddToCart(userId, products.pen, 1);

    expect(await Procedures.Checkout(cart_id!)).toEqual({ amount_charged: 3_350, remaining_balance: 6_650 });

    expect(await state(cart_id!)).toEqual({
      status: "purchased",
      balance: 6_650,
      purchases: 1,
      purchase_items: 2,
    });
    const items = await db
      .prepare("SELECT product_id, quantity, unit_price FROM purchase_item ORDER BY product_id")
      .raw();
    expect(items).toEqual([
      [products.notebook, 3, 450],
      [products.pen, 1, 2_000],
    ]);
    const charge = await chargeOf(cart_id!);
    expect(charge).toMatchObject({ amount: 3_350 });
    expect(await db.prepare("SELECT amount, charge_id FROM purchase").first()).toEqual({
      amount: 3_350,
      charge_id: charge!.id,
    });
  });

  it("refuses a cart that is purchased, and takes nothing twice", async () => {
    const { Procedures, cartOf, state } = await openShop();
    const cartId = await cartOf("pm_card");
    await Procedures.Checkout(cartId);
    const { error } = await Procedures.Checkout(cartId);
    expect(error).toMatchObject({ name: "CartNotOpenError", code: "CART_NOT_OPEN", status: 409 });
    expect(await state(cartId)).toEqual(purchased);
  });

  it("undoes everything when the payment is declined, and returns the details", async () => {
    const { Procedures, cartOf, chargeOf, state } = await openShop();
    const cartId = await cartOf("pm_declined");
    const { error, amount_charged } = await Procedures.Checkout(cartId);
    expect(amount_charged).toBeUndefined();
    expect(error).toMatchObject({
      name: "PaymentFailedError",
      code: "PAYMENT_FAILED",
      status: 402,
      details: { decline_code: "card_declined", message: "The card was declined." },
    });
    expect(await state(cartId)).toEqual(untouched);
    expect(await chargeOf(cartId)).toBeNull();
  });

  it("ends before the payment when the balance would break its CHECK", async () => {
    const { Procedures, cartOf, chargeOf, state } = await openShop();
    const cartId = await cartOf("pm_card", 1_999);
    const { error } = await Procedures.Checkout(cartId);
    expect(error).toMatchObject({ code: "SQLITE_CONSTRAINT_CHECK" });
    expect(error?.message).toContain("CHECK constraint failed: balance >= 0");
    expect(await state(cartId)).toEqual({ ...untouched, balance: 1_999 });
    expect(await chargeOf(cartId)).toBeNull();
  });

  it("lets the balance go down to exactly zero", async () => {
    const { Procedures, cartOf } = await openShop();
    expect(await Procedures.Checkout(await cartOf("pm_card", 2_000))).toMatchObject({ remaining_balance: 0 });
  });

  it.each([
    ["fails with 500", "pm_error"],
    ["answers with something that is no charge", "pm_garbage"],
  ])("undoes everything when the payment service %s, and says that a retry is safe", async (_, method) => {
    const { Procedures, cartOf, state } = await openShop();
    const cartId = await cartOf(method);
    const { error } = await Procedures.Checkout(cartId);
    expect(error).toMatchObject({
      name: "PaymentUncertainError",
      code: "PAYMENT_UNCERTAIN",
      retryable: true,
    });
    expect(await state(cartId)).toEqual(untouched);
  });

  it("gives up after its timeout when the payment never answers, and frees the database", async () => {
    const { Procedures, cartOf, state } = await openShop();
    const hanging = await cartOf("pm_hang");
    const other = await cartOf("pm_card");
    const [given, bought] = await Promise.all([Procedures.Checkout(hanging), Procedures.Checkout(other)]);
    expect(given.error).toMatchObject({ code: "TRANSACTION_TIMEOUT" });
    expect(bought).toMatchObject({ amount_charged: 2_000 });
    expect(await state(hanging)).toMatchObject({ status: "open", balance: 10_000 });
  });

  it("refuses an empty cart and one that does not exist", async () => {
    const { db, Procedures, addUser } = await openShop();
    const userId = await addUser("pm_card");
    const empty = await db
      .prepare("INSERT INTO cart (user_id) VALUES (?) RETURNING cart_id")
      .bind(userId)
      .first<number>("cart_id");
    expect((await Procedures.Checkout(empty!)).error).toMatchObject({ code: "CART_EMPTY", status: 409 });
    expect((await Procedures.Checkout(999)).error).toMatchObject({ code: "CART_NOT_FOUND", status: 404 });
  });

  it.each([0, -1, 1.5, "1", null, {}, 2 ** 53])("refuses %j as a cart id", async (cartId) => {
    const { Procedures } = await openShop();
    const { error } = await Procedures.Checkout(cartId as number);
    expect(error).toMatchObject({ name: "InvalidArgumentError", code: "INVALID_ARGUMENT", status: 422 });
    expect(error?.message).toMatch(/^cartId must be a positive integer, but is /);
  });
});
