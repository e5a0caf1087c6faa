import type { StatementSource } from "../src/index.ts";

/** A cart with what it costs at today's prices. */
export interface CartRow {
  cart_id: number;
  user_id: number;
  status: "open" | "purchased";
  payment_key: string;
  /** Cents; 0 when it is empty. */
  total_cost: number;
}

export interface UserRow {
  user_id: number;
  name: string;
  payment_method_id: string;
  /** Cents. */
  balance: number;
}

/** One product in a cart. */
export interface CartLine {
  product_id: number;
  name: string;
  quantity: number;
  /** Cents: today's price, or the one that was paid. */
  unit_price: number;
}

/** Reads one user, or null. */
export function loadUser(db: StatementSource, userId: number): Promise<UserRow | null> {
  return db
    .prepare("SELECT user_id, name, payment_method_id, balance FROM user WHERE user_id = ?")
    .bind(userId)
    .first<UserRow>();
}

/** Reads a cart, its total and its user, or null when there is no such cart. */
export async function loadCartAndUser(
  db: StatementSource,
  cartId: number,
): Promise<{ cart: CartRow; user: UserRow } | null> {
  const cart = await db
    .prepare(
      `SELECT cart_id, user_id, status, payment_key, (
         SELECT coalesce(sum(quantity * price), 0)
         FROM cart_item JOIN product USING (product_id)
         WHERE cart_item.cart_id = cart.cart_id
       ) AS total_cost
       FROM cart WHERE cart_id = ?`,
    )
    .bind(cartId)
    .first<CartRow>();
  if (cart === null) return null;
  const user = await loadUser(db, cart.user_id);
  return { cart, user: user! }; // a foreign key guarantees it
}

/** Reads the cart's status and lines in one statement, so that they belong to the same moment; or null. */
export async function loadCartLines(
  db: StatementSource,
  cartId: number,
): Promise<{ user_id: number; status: CartRow["status"]; items: CartLine[] } | null> {
  type Joined = CartLine & Pick<CartRow, "user_id" | "status">;
  const { results } = await db
    .prepare(
      `SELECT cart.user_id, cart.status, product.product_id, product.name, cart_item.quantity,
         coalesce(purchase_item.unit_price, product.price) AS unit_price
       FROM cart
       LEFT JOIN cart_item USING (cart_id)
       LEFT JOIN product USING (product_id)
       LEFT JOIN purchase USING (cart_id)
       LEFT JOIN purchase_item USING (purchase_id, product_id)
       WHERE cart_id = ?
       ORDER BY product_id`,
    )
    .bind(cartId)
    .all<Joined | (Joined & { product_id: null })>();
  const [first] = results;
  if (first === undefined) return null;
  // An empty cart is one row whose product is NULL.
  const lines = results.filter((row) => row.product_id !== null);
  return {
    user_id: first.user_id,
    status: first.status,
    items: lines.map(({ product_id, name, quantity, unit_price }) => ({
      product_id,
      name,
      quantity,
      unit_price,
    })),
  };
}
