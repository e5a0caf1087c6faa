import { first, firstForUpdate, run, wait } from "./steps.ts";
import { type Args, counting, numberOf, sizeOf, type Workload } from "./workload.ts";

/** A shop whose checkout asks a payment provider in the middle of the transaction. */

const users = 1_000;
const paymentMs = 20;
const holdMs = 500;

interface User extends Record<string, number> {
  balance: number;
}

function* checkout(args: Args) {
  const [user, cost] = [numberOf(args, "user"), numberOf(args, "cost")];
  const { balance } = yield* firstForUpdate<User>("SELECT balance FROM shop_user WHERE id = ?", user);
  if (balance < cost) throw new Error(`User ${user} has ${balance} only.`);
  yield* run("UPDATE shop_user SET balance = ? WHERE id = ?", balance - cost, user);
  yield* wait(paymentMs);
  yield* run("INSERT INTO purchase (user_id, cost) VALUES (?, ?)", user, cost);
  return { balance: balance - cost };
}

export const shop: Workload = {
  name: "shop",
  prepare: () => [
    "DROP TABLE IF EXISTS purchase",
    "DROP TABLE IF EXISTS shop_user",
    "CREATE TABLE shop_user (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0))",
    "CREATE TABLE purchase (user_id INTEGER NOT NULL, cost INTEGER NOT NULL)",
    `${counting("n", 1, users)} INSERT INTO shop_user SELECT i, 1000000 FROM n`,
  ],
  operations: {
    checkout: { kind: "transaction", steps: checkout },
    hold: {
      kind: "transaction",
      *steps(args) {
        yield* run("UPDATE shop_user SET balance = balance + 0 WHERE id = ?", numberOf(args, "user"));
        yield* wait(holdMs);
      },
    },
    read: {
      kind: "statement",
      *steps(args) {
        return yield* first<User>("SELECT balance FROM shop_user WHERE id = ?", numberOf(args, "user"));
      },
    },
  },
  mixes: {
    checkout: (random, scale) => ({
      operation: "checkout",
      args: { user: random.between(1, sizeOf(scale, "users")), cost: random.between(1, 9) },
    }),
    hold: () => ({ operation: "hold", args: { user: 1 } }),
    read: (random, scale) => ({
      operation: "read",
      args: { user: random.between(1, sizeOf(scale, "users")) },
    }),
  },
  checks: () => [
    {
      what: "what users have spent is what they have bought",
      sql: `SELECT * FROM (SELECT (SELECT sum(1000000 - balance) FROM shop_user) AS spent,
        (SELECT coalesce(sum(cost), 0) FROM purchase) AS bought) AS sums WHERE spent <> bought`,
    },
  ],
};

export const shopScale = { users };
