import { fact, heading, showAnswer, showRows } from "../lib/story.mjs";
import { cartState, fillCart, products, users } from "./shop.mjs";

/** @param {import("../lib/api-client.mjs").ApiClient} api */
export async function checkoutSucceeds(api) {
  heading("A checkout that succeeds");
  const cartId = await fillCart(api, users.ada, { [products.notebook]: 2, [products.pen]: 1 });
  const before = await cartState(api, cartId);
  const answer = await api.call("Checkout", cartId);
  const after = await cartState(api, cartId);

  showAnswer(`Checkout(${cartId})`, answer);
  showRows({ before, after });
  const expected = { amount_charged: 2900, remaining_balance: 7100 };
  fact(
    answer.status === 200 && JSON.stringify(answer.result) === JSON.stringify(expected),
    "it was charged once, and says so",
    answer,
  );
  fact(
    after.cart === "purchased" && after.balance === 7100 && after.orders === 1 && after.order_lines === 2,
    "cart, balance and order changed together",
    after,
  );
}
