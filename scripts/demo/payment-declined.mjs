import { fact, heading, showAnswer, showRows } from "../lib/story.mjs";
import { cartState, fillCart, products, sameState, users } from "./shop.mjs";

/** @param {import("../lib/api-client.mjs").ApiClient} api */
export async function paymentDeclined(api) {
  heading("A payment that is declined: the rows were written, and are undone");
  const cartId = await fillCart(api, users.grace, { [products.ink]: 3 });
  const before = await cartState(api, cartId);
  const answer = await api.call("Checkout", cartId);
  const after = await cartState(api, cartId);

  showAnswer(`Checkout(${cartId})`, answer);
  showRows({ before, after });
  fact(answer.status === 402, "the answer is 402 Payment Required", answer.status);
  fact(
    answer.error?.name === "PaymentFailedError" && answer.error.details?.decline_code === "card_declined",
    "the error kept its name, code and details on its way here",
    answer.error,
  );
  fact(before.cart === "open" && sameState(before, after), "no row has changed", after);
}
