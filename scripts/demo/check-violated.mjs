import { fact, heading, showAnswer, showRows } from "../lib/story.mjs";
import { cartState, fillCart, products, sameState, users } from "./shop.mjs";

/** @param {import("../lib/api-client.mjs").ApiClient} api */
export async function checkViolated(api) {
  heading("A balance that would be negative: CHECK (balance >= 0) throws, before any payment");
  const cartId = await fillCart(api, users.linus, { [products.pen]: 1 });
  const before = await cartState(api, cartId);
  const answer = await api.call("Checkout", cartId);
  const after = await cartState(api, cartId);

  showAnswer(`Checkout(${cartId})`, answer);
  showRows({ before, after });
  fact(answer.status === 409, "the answer is 409 Conflict", answer.status);
  fact(answer.error?.code === "SQLITE_CONSTRAINT_CHECK", "the error carries SQLite's code", answer.error);
  fact(before.cart === "open" && sameState(before, after), "no row has changed", after);
}
