import { fact, heading, showRows } from "../lib/story.mjs";
import { cartState, fillCart, products, users } from "./shop.mjs";

const calls = 20;

/** @param {import("../lib/api-client.mjs").ApiClient} api */
export async function concurrentCheckouts(api) {
  heading(`${calls} checkouts of one cart at once`);
  const cartId = await fillCart(api, users.barbara, { [products.pen]: 2 });
  const before = await cartState(api, cartId);
  const started = performance.now();
  const answers = await Promise.all(Array.from({ length: calls }, () => api.call("Checkout", cartId)));
  const ms = Math.round(performance.now() - started);
  const after = await cartState(api, cartId);

  const won = answers.filter((answer) => answer.status === 200);
  const refused = answers.filter((answer) => answer.error?.code === "CART_NOT_OPEN");
  console.log(
    `   ${calls} x Checkout(${cartId}) -> ${won.length} x 200, ${refused.length} x 409 in ${ms} ms`,
  );
  showRows({ before, after });
  fact(won.length === 1, "exactly one wins", answers);
  fact(refused.length === calls - 1, "each of the others is told that the cart is not open", answers);
  fact(after.balance === before.balance - 4000 && after.orders === 1, "the balance was taken once", after);
}
