import { first, run } from "./steps.ts";
import { type Args, counting, inSteps, numberOf, sizeOf, type Workload } from "./workload.ts";

/**
 * TPC-B as pgbench runs it ("tpcb-like"), with its tables and their fillers: 1 branch, 10 tellers and `accounts` (there: 100,000) for each unit of
 * the scale.
 */

const addToAccount = "UPDATE pgbench_accounts SET abalance = abalance + ? WHERE aid = ?";
const readAccount = "SELECT abalance FROM pgbench_accounts WHERE aid = ?";
const addToTeller = "UPDATE pgbench_tellers SET tbalance = tbalance + ? WHERE tid = ?";
const addToBranch = "UPDATE pgbench_branches SET bbalance = bbalance + ? WHERE bid = ?";
const addToHistory =
  "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (?, ?, ?, ?, CURRENT_TIMESTAMP)";

function statementsOf(args: Args) {
  const [aid, tid, bid] = [numberOf(args, "aid"), numberOf(args, "tid"), numberOf(args, "bid")];
  const delta = numberOf(args, "delta");
  return [
    { sql: addToAccount, params: [delta, aid] },
    { sql: readAccount, params: [aid] },
    { sql: addToTeller, params: [delta, tid] },
    { sql: addToBranch, params: [delta, bid] },
    { sql: addToHistory, params: [tid, bid, aid, delta] },
  ];
}

export const tpcB: Workload = {
  name: "tpc-b",
  prepare: (scale) => {
    const units = sizeOf(scale, "scale");
    return [
      ...["accounts", "branches", "tellers", "history"].map((name) => `DROP TABLE IF EXISTS pgbench_${name}`),
      "CREATE TABLE pgbench_branches (bid INTEGER PRIMARY KEY, bbalance INTEGER, filler CHAR(88))",
      "CREATE TABLE pgbench_tellers (tid INTEGER PRIMARY KEY, bid INTEGER, tbalance INTEGER, filler CHAR(84))",
      "CREATE TABLE pgbench_accounts (aid INTEGER PRIMARY KEY, bid INTEGER, abalance INTEGER, filler CHAR(84))",
      "CREATE TABLE pgbench_history (tid INTEGER, bid INTEGER, aid INTEGER, delta INTEGER, mtime TIMESTAMP, filler CHAR(22))",
      `${counting("n", 1, units)} INSERT INTO pgbench_branches SELECT i, 0, NULL FROM n`,
      `${counting("n", 1, units * 10)} INSERT INTO pgbench_tellers SELECT i, 1 + (i - 1) / 10, 0, NULL FROM n`,
      ...inSteps(
        units * sizeOf(scale, "accounts"),
        400_000,
        (from, to) =>
          `${counting("n", from, to)} INSERT INTO pgbench_accounts SELECT i, 1 + (i - 1) / ${sizeOf(scale, "accounts")}, 0, '${" ".repeat(84)}' FROM n`,
      ),
    ];
  },
  operations: {
    transaction: {
      kind: "transaction",
      *steps(args) {
        const [account, read, teller, branch, history] = statementsOf(args);
        yield* run(account!.sql, ...account!.params);
        const { abalance } = yield* first<{ abalance: number }>(read!.sql, ...read!.params);
        for (const { sql, params } of [teller!, branch!, history!]) yield* run(sql, ...params);
        return { abalance };
      },
      batch: statementsOf,
      call: (args) => ({
        sql: "SELECT tpc_b(?, ?, ?, ?)",
        params: ["aid", "tid", "bid", "delta"].map((name) => numberOf(args, name)),
      }),
    },
  },
  mixes: {
    transaction: (random, scale) => {
      const units = sizeOf(scale, "scale");
      return {
        operation: "transaction",
        args: {
          aid: random.between(1, units * sizeOf(scale, "accounts")),
          bid: random.between(1, units),
          tid: random.between(1, units * 10),
          delta: random.between(-5000, 5000),
        },
      };
    },
  },
  checks: () =>
    ["accounts:abalance", "tellers:tbalance", "branches:bbalance"].map((pair) => {
      const [table, column] = pair.split(":");
      return {
        what: `the balances of ${table} are the sum of the history`,
        sql: `SELECT balances, history FROM (SELECT (SELECT sum(${column}) FROM pgbench_${table}) AS balances,
          (SELECT coalesce(sum(delta), 0) FROM pgbench_history) AS history) AS sums WHERE balances <> history`,
      };
    }),
  functions: [
    `CREATE OR REPLACE FUNCTION tpc_b(account integer, teller integer, branch integer, change integer) RETURNS integer LANGUAGE plpgsql AS $$
     DECLARE balance integer;
     BEGIN
       UPDATE pgbench_accounts SET abalance = abalance + change WHERE aid = account;
       SELECT abalance INTO balance FROM pgbench_accounts WHERE aid = account;
       UPDATE pgbench_tellers SET tbalance = tbalance + change WHERE tid = teller;
       UPDATE pgbench_branches SET bbalance = bbalance + change WHERE bid = branch;
       INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (teller, branch, account, change, CURRENT_TIMESTAMP);
       RETURN balance;
     END $$`,
  ],
};
