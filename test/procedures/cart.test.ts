import { describe, expect, it } from "vitest";
import { openShop, products } from "./open-shop.ts";

describe("AddToCart", () => {
  it("opens a cart for the first product and adds the next ones to it", async () => {
    const { Procedures, addUser } = await openShop();
    const userId = await addUser("pm_card");
    const first = await Procedures.AddToCart(userId, products.pen, 1);
    expect(await Procedures.AddToCart(userId, products.pen, 2)).toEqual({
      cart_id: first.cart_id,
      quantity: 3,
    });
  });

  it("opens one cart only when a user adds from two places at once", async () => {
    const { db, Procedures, addUser } = await openShop();
    const userId = await addUser("pm_card");
    const added = await Promise.all([1, 2, 3].map((id) => Procedures.AddToCart(userId, id, 1)));
    expect(new Set(added.map(({ cart_id }) => cart_id)).size).toBe(1);
    expect(await db.prepare("SELECT count(*) AS n FROM cart").first("n")).toBe(1);
  });

  it("gives each cart a payment key of its own", async () => {
    const { db, cartOf } = await openShop();
    await cartOf("pm_card");
    await cartOf("pm_card");
    const keys = await db.prepare("SELECT payment_key FROM cart").raw<[string]>();
    expect(new Set(keys.map(([key]) => key)).size).toBe(2);
    for (const [key] of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
  });

  it("refuses an unknown user or product and opens no cart for them", async () => {
    const { db, Procedures, addUser } = await openShop();
    const userId = await addUser("pm_card");
    expect((await Procedures.AddToCart(999, products.pen, 1)).error).toMatchObject({
      code: "USER_NOT_FOUND",
    });
    expect((await Procedures.AddToCart(userId, 999, 1)).error).toMatchObject({ code: "PRODUCT_NOT_FOUND" });
    expect(await db.prepare("SELECT count(*) AS n FROM cart").first("n")).toBe(0);
  });

  it.each([0, -1, 0.5, 1001, "2", null, Number.NaN])("refuses %j as a quantity", async (quantity) => {
    const { Procedures, addUser } = await openShop();
    const { error } = await Procedures.AddToCart(await addUser("pm_card"), products.pen, quantity as number);
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", status: 422 });
    expect(error?.message).toMatch(/^quantity must be an integer from 1 to 1000, but is /);
  });

  it("refuses more of one product than a cart takes and leaves the cart as it was", async () => {
    const { Procedures, addUser } = await openShop();
    const userId = await addUser("pm_card");
    const { cart_id } = await Procedures.AddToCart(userId, products.ink, 1_000);
    const { error } = await Procedures.AddToCart(userId, products.ink, 1);
    expect(error).toMatchObject({ name: "CartLineFullError", code: "CART_LINE_FULL", status: 409 });
    expect(await Procedures.GetCart(cart_id!)).toMatchObject({ total_cost: 800_000 });
  });
});

describe("GetCart", () => {
  it("shows the lines and their total", async () => {
    const { Procedures, addUser } = await openShop();
    const user_id = await addUser("pm_card");
    await Procedures.AddToCart(user_id, products.pen, 1);
    const { cart_id } = await Procedures.AddToCart(user_id, products.notebook, 2);
    expect(await Procedures.GetCart(cart_id!)).toEqual({
      cart_id,
      user_id,
      status: "open",
      total_cost: 2_900,
      items: [
        { product_id: products.notebook, name: "Notebook", quantity: 2, unit_price: 450 },
        { product_id: products.pen, name: "Fountain pen", quantity: 1, unit_price: 2_000 },
      ],
    });
  });

  it("shows a purchased cart at the prices that were paid", async () => {
    const { db, Procedures, cartOf } = await openShop();
    const cartId = await cartOf("pm_card");
    await Procedures.Checkout(cartId);
    await db.exec("UPDATE product SET price = price * 2");
    expect(await Procedures.GetCart(cartId)).toMatchObject({ status: "purchased", total_cost: 2_000 });
  });

  it("shows an empty cart without lines", async () => {
    const { db, Procedures, cartOf } = await openShop();
    const cartId = await cartOf("pm_card");
    await db.exec("DELETE FROM cart_item");
    expect(await Procedures.GetCart(cartId)).toMatchObject({ total_cost: 0, items: [] });
  });

  it("refuses a cart that does not exist and an id that is none", async () => {
    const { Procedures } = await openShop();
    expect((await Procedures.GetCart(1)).error).toMatchObject({ code: "CART_NOT_FOUND", status: 404 });
    expect((await Procedures.GetCart(-1)).error).toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
