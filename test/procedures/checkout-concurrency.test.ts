import { afterEach, describe, expect, it, vi } from "vitest";
import { PaymentAPI } from "../../procedures/payment-api.ts";
import { Gate } from "../support/gate.ts";
import { queuedJobs } from "../support/queued-jobs.ts";
import { openShop, products, purchased, untouched } from "./open-shop.ts";

/** Payments are asked for when the gate is open. */
function slowPayment(): Gate {
  const gate = new Gate();
  const { processPayment } = PaymentAPI.prototype;
  vi.spyOn(PaymentAPI.prototype, "processPayment").mockImplementation(async function (
    this: PaymentAPI,
    payment,
    signal,
  ) {
    await gate.pass(signal);
    return processPayment.call(this, payment, signal);
  });
  return gate;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("Checkout beside others", () => {
  it("lets exactly one of 20 concurrent checkouts of a cart win", async () => {
    const { Procedures, cartOf, state } = await openShop();
    const cartId = await cartOf("pm_slow_20");
    const results = await Promise.all(Array.from({ length: 20 }, () => Procedures.Checkout(cartId)));
    const errors = results.flatMap(({ error }) => error ?? []);
    expect(errors).toHaveLength(19);
    for (const error of errors) expect(error).toMatchObject({ code: "CART_NOT_OPEN" });
    expect(await state(cartId)).toEqual(purchased);
  });

  it("sells 20 carts at once without losing an update of anyone", async () => {
    const { db, Procedures, cartOf } = await openShop();
    const cartIds: number[] = [];
    for (let index = 0; index < 20; index++) {
      cartIds.push(await cartOf(index % 4 === 0 ? "pm_declined" : "pm_slow_5"));
    }
    const results = await Promise.all(cartIds.map((cartId) => Procedures.Checkout(cartId)));
    expect(results.filter(({ error }) => error === undefined)).toHaveLength(15);
    const sums = await db
      .prepare(
        `SELECT (SELECT count(*) FROM purchase) AS purchases, (SELECT sum(amount) FROM purchase) AS sold,
           (SELECT sum(10000 - balance) FROM user WHERE name = 'Test') AS taken,
           (SELECT count(*) FROM cart WHERE status = 'purchased') AS carts`,
      )
      .first();
    expect(sums).toEqual({ purchases: 15, sold: 30_000, taken: 30_000, carts: 15 });
  });

  it("keeps reads going while a payment is slow, and shows them no row of it", async () => {
    const { Procedures, cartOf, state } = await openShop();
    const cartId = await cartOf("pm_card");
    const gate = slowPayment();
    const checkout = Procedures.Checkout(cartId);
    await gate.reached();
    // Had a read waited for the payment, none of them would ever end.
    for (let round = 0; round < 10; round++) {
      const [read, cart] = await Promise.all([state(cartId), Procedures.GetCart(cartId)]);
      expect(read).toEqual(untouched);
      expect(cart.status).toBe("open");
    }
    gate.open();
    expect(await checkout).toMatchObject({ amount_charged: 2_000 });
    expect(await state(cartId)).toEqual(purchased);
  });

  it("lets nobody add to the cart while it is being bought: the product goes into a new one", async () => {
    const { stub, Procedures, addUser, state } = await openShop();
    const userId = await addUser("pm_card");
    const { cart_id: cartId } = await Procedures.AddToCart(userId, products.pen, 1);
    const gate = slowPayment();
    const checkout = Procedures.Checkout(cartId!);
    await gate.reached();
    using jobs = await queuedJobs(stub);
    const adding = Procedures.AddToCart(userId, products.ink, 1);
    await jobs.come(1);
    gate.open();
    const [receipt, added] = await Promise.all([checkout, adding]);
    expect(receipt).toMatchObject({ amount_charged: 2_000 });
    expect(added.cart_id).not.toBe(cartId);
    expect(await state(cartId!)).toEqual(purchased);
  });

  it("lets the product wait for a checkout that fails, and go into the same cart", async () => {
    const { Procedures, addUser } = await openShop();
    const userId = await addUser("pm_declined");
    const { cart_id: cartId } = await Procedures.AddToCart(userId, products.pen, 1);
    const [{ error }, added] = await Promise.all([
      Procedures.Checkout(cartId!),
      Procedures.AddToCart(userId, products.ink, 1),
    ]);
    expect(error).toMatchObject({ code: "PAYMENT_FAILED" });
    expect(added.cart_id).toBe(cartId);
  });
});
