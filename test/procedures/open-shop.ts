import { env } from "cloudflare:workers";
import migration from "../../migrations/0001_shop.sql?raw";
import seed from "../../procedures/seed.sql?raw";
import { connect } from "../../src/client/connect.ts";

/** The products of procedures/seed.sql. */
export const products = { notebook: 1, pen: 2, ink: 3 };

/** Everything that a checkout changes, as one statement sees it. */
export interface ShopState {
  status: "open" | "purchased";
  balance: number;
  purchases: number;
  purchase_items: number;
}

/** A shop of its own for each test: the shipped schema and demo data in a new database. */
export async function openShop() {
  const name = crypto.randomUUID();
  // One script, because it has statements over several lines, which D1's exec() does not take.
  const stub = env.SHOP.getByName(name);
  await stub.script(migration + seed);
  const db = connect(env.SHOP, { name });

  /** Adds a user with this payment method and returns the id. */
  async function addUser(paymentMethodId: string, balance = 10_000): Promise<number> {
    const id = await db
      .prepare("INSERT INTO user (name, payment_method_id, balance) VALUES ('Test', ?, ?) RETURNING user_id")
      .bind(paymentMethodId, balance)
      .first<number>("user_id");
    return id!;
  }

  return {
    stub,
    db,
    Procedures: db.Procedures,
    addUser,

    /** Adds a user with one fountain pen (2000 cents) in the cart, and returns the cart's id. */
    async cartOf(paymentMethodId: string, balance?: number): Promise<number> {
      const userId = await addUser(paymentMethodId, balance);
      const { error, cart_id } = await db.Procedures.AddToCart(userId, products.pen, 1);
      if (error) throw error;
      return cart_id;
    },

    async state(cartId: number): Promise<ShopState> {
      const state = await db
        .prepare(
          `SELECT cart.status, user.balance,
             (SELECT count(*) FROM purchase) AS purchases,
             (SELECT count(*) FROM purchase_item) AS purchase_items
           FROM cart JOIN user USING (user_id) WHERE cart_id = ?`,
        )
        .bind(cartId)
        .first<ShopState>();
      return state!;
    },

    /** The charge that the payment service has made for the cart, or null. */
    async chargeOf(cartId: number): Promise<{ id: string; amount: number } | null> {
      const key = await db
        .prepare("SELECT payment_key FROM cart WHERE cart_id = ?")
        .bind(cartId)
        .first<string>("payment_key");
      const response = await env.PAYMENT_API.fetch(`https://payment-api/charges/${key}`);
      const body = await response.json<{ id: string; amount: number }>();
      return response.ok ? body : null;
    },
  };
}

/** A pen's state before its checkout and after. */
export const untouched: ShopState = { status: "open", balance: 10_000, purchases: 0, purchase_items: 0 };
export const purchased: ShopState = { status: "purchased", balance: 8_000, purchases: 1, purchase_items: 1 };
