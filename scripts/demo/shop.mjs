/**
 * What the steps of the demo ask the shop.
 */

/** The users of procedures/seed.sql. */
export const users = { ada: 1, grace: 2, linus: 3, barbara: 4, edsger: 5 };
/** The products of procedures/seed.sql. */
export const products = { notebook: 1, pen: 2, ink: 3 };

/**
 * @typedef {object} CartState
 * @property {string} cart
 * @property {number} balance
 * @property {number} orders
 * @property {number} order_lines
 */

/**
 * Fills the user's cart and returns its id.
 *
 * @param {import("../lib/api-client.mjs").ApiClient} api
 * @param {number} userId
 * @param {Record<number, number>} quantities By product id.
 * @returns {Promise<number>}
 */
export async function fillCart(api, userId, quantities) {
  let cartId = 0;
  for (const [productId, quantity] of Object.entries(quantities)) {
    const { result, error } = await api.call("AddToCart", userId, Number(productId), quantity);
    if (error) throw new Error(`AddToCart failed: ${error.message}`);
    cartId = result.cart_id;
  }
  return cartId;
}

/**
 * Reads everything that a checkout changes, in one statement, so that it belongs to one moment.
 *
 * @param {import("../lib/api-client.mjs").ApiClient} api
 * @param {number} cartId
 * @returns {Promise<CartState>}
 */
export async function cartState(api, cartId) {
  const [row] = await api.query(
    `SELECT cart.status AS cart, user.balance,
       (SELECT count(*) FROM purchase WHERE cart_id = cart.cart_id) AS orders,
       (SELECT count(*) FROM purchase JOIN purchase_item USING (purchase_id)
        WHERE cart_id = cart.cart_id) AS order_lines
     FROM cart JOIN user USING (user_id) WHERE cart.cart_id = ?`,
    [cartId],
  );
  return /** @type {CartState} */ (row);
}

/**
 * @param {CartState} a
 * @param {CartState} b
 */
export function sameState(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}
