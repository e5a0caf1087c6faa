import { describe, expect, it } from "vitest";
import { openShop, products, purchased, type ShopState, untouched } from "./open-shop.ts";

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
    const cartId = await cartOf("pm_slow_600");
    const started = Date.now();
    let isPending = true;
    const checkout = Procedures.Checkout(cartId).finally(() => {
      isPending = false;
    });
    const during: ShopState[] = [];
    let slowestMs = 0;
    while (isPending) {
      const sentAt = Date.now();
      const [read, cart] = await Promise.all([state(cartId), Procedures.GetCart(cartId)]);
      slowestMs = Math.max(slowestMs, Date.now() - sentAt);
      expect([untouched, purchased]).toContainEqual(read);
      // The payment cannot have answered yet.
      if (Date.now() - started < 600) {
        during.push(read);
        expect(cart.status).toBe("open");
      }
      await scheduler.wait(1);
    }
    expect(await checkout).toMatchObject({ amount_charged: 2_000 });
    expect(during.length).toBeGreaterThan(10);
    for (const read of during) expect(read).toEqual(untouched);
    expect(slowestMs).toBeLessThan(300);
    expect(await state(cartId)).toEqual(purchased);
  });

  it("lets nobody add to the cart while it is being bought: the product goes into a new one", async () => {
    const { Procedures, addUser, state } = await openShop();
    const userId = await addUser("pm_slow_300");
    const { cart_id: cartId } = await Procedures.AddToCart(userId, products.pen, 1);
    const [receipt, added] = await Promise.all([
      Procedures.Checkout(cartId!),
      scheduler.wait(100).then(() => Procedures.AddToCart(userId, products.ink, 1)),
    ]);
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
