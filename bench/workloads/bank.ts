import type { Random } from "../harness/random.ts";
import { all, first, firstForUpdate, run, wait } from "./steps.ts";
import { type Args, counting, inSteps, numberOf, type Scale, sizeOf, type Workload } from "./workload.ts";

/**
 * A bank: accounts with a balance, and transfers of money between two. The accounts are chosen by Zipf's law with `alpha`; 0 is any
 * account, with 1.5 four of ten accounts that are drawn are one and the same.
 */

const startBalance = 1_000_000;
const readBalance = "SELECT balance FROM account WHERE id = ?";
const writeBalance = "UPDATE account SET balance = ? WHERE id = ?";
const addToBalance = "UPDATE account SET balance = balance + ? WHERE id = ?";

interface Account extends Record<string, number> {
  balance: number;
}

/** Both are read, the code decides, both are written. The smaller id first: whoever locks rows would deadlock else. */
function* transfer(args: Args) {
  const [from, to, amount] = [numberOf(args, "from"), numberOf(args, "to"), numberOf(args, "amount")];
  const [low, high] = from < to ? [from, to] : [to, from];
  const lowBalance = (yield* firstForUpdate<Account>(readBalance, low)).balance;
  const highBalance = (yield* firstForUpdate<Account>(readBalance, high)).balance;
  const [source, target] = from < to ? [lowBalance, highBalance] : [highBalance, lowBalance];
  if (source < amount) throw new Error(`Account ${from} has ${source} only.`);
  yield* run(writeBalance, source - amount, from);
  yield* run(writeBalance, target + amount, to);
  return { balance: source - amount };
}

/** So many writes, with one wait for something outside in the middle if `waits`. */
function* manyWrites(args: Args) {
  const [firstId, writes] = [numberOf(args, "first"), numberOf(args, "writes")];
  for (let written = 0; written < writes; written++) {
    if (args.waits === 1 && written === Math.floor(writes / 2)) yield* wait(0);
    yield* run(addToBalance, 1, firstId + written);
  }
  return { writes };
}

function twoAccounts(random: Random, scale: Scale) {
  const [accounts, alpha] = [sizeOf(scale, "accounts"), sizeOf(scale, "alpha")];
  const from = random.zipfKey(accounts, alpha);
  let to = from;
  while (to === from) to = random.zipfKey(accounts, alpha);
  return { from, to, amount: random.between(1, 5) };
}

export const bank: Workload = {
  name: "bank",
  prepare: (scale) => [
    "DROP TABLE IF EXISTS account",
    "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0))",
    ...inSteps(
      sizeOf(scale, "accounts"),
      1_000_000,
      (from, to) => `${counting("n", from, to)} INSERT INTO account SELECT i, ${startBalance} FROM n`,
    ),
  ],
  operations: {
    transfer: {
      kind: "transaction",
      steps: transfer,
      // Not the same code: what is decided has moved into the statements, and the CHECK.
      batch: ({ from, to, amount }) => [
        { sql: readBalance, params: [Number(from)] },
        { sql: readBalance, params: [Number(to)] },
        { sql: addToBalance, params: [-Number(amount), Number(from)] },
        { sql: addToBalance, params: [Number(amount), Number(to)] },
      ],
      call: ({ from, to, amount }) => ({
        sql: "SELECT transfer(?, ?, ?)",
        params: [Number(from), Number(to), Number(amount)],
      }),
    },
    "many-writes": { kind: "transaction", steps: manyWrites },
    read: {
      kind: "statement",
      *steps(args) {
        return yield* first<Account>(readBalance, numberOf(args, "id"));
      },
    },
    rows: {
      kind: "statement",
      *steps(args) {
        const rows = yield* all(
          "SELECT id, balance, 'some text of a row' AS note, balance / 7.0 AS share FROM account LIMIT ?",
          numberOf(args, "rows"),
        );
        return rows.length;
      },
    },
    write: {
      kind: "statement",
      *steps(args) {
        yield* run(addToBalance, 1, numberOf(args, "id"));
      },
    },
    "batch-of-writes": {
      kind: "transaction",
      steps: manyWrites,
      batch: (args) =>
        Array.from({ length: numberOf(args, "writes") }, (_, index) => ({
          sql: addToBalance,
          params: [1, numberOf(args, "first") + index],
        })),
    },
  },
  mixes: {
    transfer: (random, scale) => ({ operation: "transfer", args: twoAccounts(random, scale) }),
    "many-writes": (random, scale) => {
      const [writes, waits] = [sizeOf(scale, "writes"), sizeOf(scale, "waits")];
      return { operation: "many-writes", args: { first: firstOf(random, scale, writes), writes, waits } };
    },
    read: (random, scale) => ({
      operation: "read",
      args: { id: random.between(1, sizeOf(scale, "accounts")) },
    }),
    write: (random, scale) => ({
      operation: "write",
      args: { id: random.between(1, sizeOf(scale, "accounts")) },
    }),
    "batch of 10 writes": (random, scale) => ({
      operation: "batch-of-writes",
      args: { first: firstOf(random, scale, 10), writes: 10 },
    }),
    "10,000 rows": () => ({ operation: "rows", args: { rows: 10_000 } }),
  },
  checks: (scale) => {
    if (scale.unbalanced === 1) return []; // writes that are no transfers
    const total = sizeOf(scale, "accounts") * startBalance;
    return [
      {
        what: "every cent is there",
        sql: `SELECT total - ${total} AS "lost or made" FROM (SELECT sum(balance) AS total FROM account) AS money WHERE total <> ${total}`,
      },
    ];
  },
  functions: [
    `CREATE OR REPLACE FUNCTION transfer(source integer, target integer, amount integer) RETURNS integer LANGUAGE plpgsql AS $$
     DECLARE source_balance integer; target_balance integer;
     BEGIN
       IF source < target THEN
         SELECT balance INTO source_balance FROM account WHERE id = source FOR UPDATE;
         SELECT balance INTO target_balance FROM account WHERE id = target FOR UPDATE;
       ELSE
         SELECT balance INTO target_balance FROM account WHERE id = target FOR UPDATE;
         SELECT balance INTO source_balance FROM account WHERE id = source FOR UPDATE;
       END IF;
       IF source_balance < amount THEN RAISE EXCEPTION 'Account % has % only.', source, source_balance; END IF;
       UPDATE account SET balance = source_balance - amount WHERE id = source;
       UPDATE account SET balance = target_balance + amount WHERE id = target;
       RETURN source_balance - amount;
     END $$`,
  ],
};

function firstOf(random: Random, scale: Scale, writes: number): number {
  return random.between(1, sizeOf(scale, "accounts") - writes);
}
