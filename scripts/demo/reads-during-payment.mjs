import { setTimeout as sleep } from "node:timers/promises";
import { fact, heading, showAnswer, showRows } from "../lib/story.mjs";
import { cartState, fillCart, products, sameState, users } from "./shop.mjs";

const readers = 4;
/** What pm_slow_1000, the payment method of this user, takes. */
const paymentMs = 1000;

/** @param {import("../lib/api-client.mjs").ApiClient} api */
export async function readsDuringPayment(api) {
  heading("Reads while a checkout waits 1 s for its payment");
  const cartId = await fillCart(api, users.edsger, { [products.pen]: 1, [products.ink]: 1 });
  const before = await cartState(api, cartId);

  const started = performance.now();
  let isPending = true;
  const checkout = api.call("Checkout", cartId).finally(() => {
    isPending = false;
  });
  /** @type {{ state: import("./shop.mjs").CartState, ms: number, endedAt: number }[]} */
  const reads = [];
  const readUntilDone = async () => {
    while (isPending) {
      const sentAt = performance.now();
      const state = await cartState(api, cartId);
      const now = performance.now();
      reads.push({ state, ms: now - sentAt, endedAt: now - started });
      await sleep(2);
    }
  };
  const [answer] = await Promise.all([checkout, ...Array.from({ length: readers }, readUntilDone)]);
  const after = await cartState(api, cartId);

  // The payment cannot have answered before its second was over, so a read that ended by then must show the
  // cart as it was. Later ones may show it before or after the commit, but never anything in between.
  const during = reads.filter((read) => read.endedAt < paymentMs);
  const dirty = reads.filter(
    (read) => !sameState(read.state, before) && (read.endedAt < paymentMs || !sameState(read.state, after)),
  );
  const slowestMs = Math.max(...reads.map((read) => read.ms));

  showAnswer(`Checkout(${cartId})`, answer);
  showRows({ before, after });
  console.log(`        ${during.length} reads meanwhile, the slowest took ${slowestMs.toFixed(0)} ms`);
  fact(answer.status === 200 && answer.ms >= paymentMs, "the checkout waited for its payment", answer);
  // One that waited for the checkout would not have ended by then. How many did depends on the machine.
  fact(during.length > 0, "reads went on, and did not wait for it", during.length);
  fact(dirty.length === 0, "none saw a row that was not committed", dirty);
  fact(after.cart === "purchased" && after.balance === 7200, "then all of it was there", after);
}
