/** The workloads of the bench, on SQLite in WebAssembly: what they do, and that their checks find what is wrong. */

import sqlite from "node-sqlite3-wasm";
import { afterEach, describe, expect, it } from "vitest";
import { Random } from "../../../bench/harness/random.ts";
import { workloads } from "../../../bench/workloads/index.ts";
import type { Row, Step } from "../../../bench/workloads/steps.ts";
import type { Call, Scale } from "../../../bench/workloads/workload.ts";

const small: Record<string, { scale: Scale; mixes: string[] }> = {
  bank: { scale: { accounts: 100, alpha: 1.5 }, mixes: ["transfer", "read"] },
  "tpc-b": { scale: { scale: 1, accounts: 1_000 }, mixes: ["transaction"] },
  "tpc-c": { scale: { warehouses: 2, items: 500, customers: 50 }, mixes: ["transaction"] },
  shop: { scale: { users: 1_000 }, mixes: ["checkout", "read"] },
  ycsb: { scale: { records: 200 }, mixes: ["b", "writers"] },
};

let open: sqlite.Database | undefined;
afterEach(() => open?.close());

/** A database with a workload's tables, after so many calls of each of its mixes. */
function databaseAfter(name: string, calls: number, atomic = true) {
  const { scale, mixes } = small[name]!;
  const workload = workloads[name]!;
  open = new sqlite.Database(":memory:");
  const database = open;
  for (const statement of workload.prepare(scale)) database.exec(statement);
  const execute = (step: Step): unknown => {
    if (step.kind === "wait") return undefined;
    if (step.kind === "rollback") return atomic ? database.exec("ROLLBACK; BEGIN") : undefined;
    return step.kind === "run"
      ? database.run(step.sql, [...step.params])
      : database.all(step.sql, [...step.params])[0];
  };
  const made: Call[] = [];
  for (const mix of mixes) {
    const random = new Random(3);
    for (let call = 0; call < calls; call++) {
      const { operation, args } = workload.mixes[mix]!(random, scale);
      made.push({ operation, args });
      database.exec("BEGIN");
      const steps = workload.operations[operation]!.steps(args);
      for (let next = steps.next(); !next.done; next = steps.next(execute(next.value)));
      database.exec("COMMIT");
    }
  }
  const contradicted = () =>
    workload
      .checks(scale)
      .filter(({ sql }) => database.all(sql).length > 0)
      .map(({ what }) => what);
  const rows = (sql: string) => database.all(sql) as Row[];
  return { database, made, contradicted, rows };
}

describe("after a workload", () => {
  it.each(Object.keys(small))("%s: every check holds", (name) => {
    const { contradicted } = databaseAfter(name, 150);
    expect(contradicted()).toEqual([]);
  });

  it.each([
    ["bank", "UPDATE account SET balance = balance + 1 WHERE id = 7", /every cent/],
    ["tpc-b", "UPDATE pgbench_tellers SET tbalance = tbalance + 1 WHERE tid = 3", /tellers/],
    ["tpc-b", "DELETE FROM pgbench_history WHERE rowid = 1", /accounts/],
    ["tpc-c", "UPDATE district SET d_ytd = d_ytd + 1 WHERE d_id = 1", /condition 1/],
    ["tpc-c", "UPDATE district SET d_next_o_id = d_next_o_id + 1 WHERE d_id = 1", /condition 2/],
    ["tpc-c", "DELETE FROM new_order WHERE no_o_id = 2", /condition 3/],
    ["tpc-c", "DELETE FROM order_line WHERE ol_number = 4", /condition 4/],
    ["tpc-c", "DELETE FROM history WHERE rowid = 1", /history/],
    ["shop", "DELETE FROM purchase WHERE rowid = 1", /bought/],
    ["ycsb", "DELETE FROM usertable WHERE ycsb_key = 1", /record/],
  ])("%s: a check finds out about %s", (name, damage, what) => {
    const { database, contradicted } = databaseAfter(name, 150);
    database.exec(damage);
    expect(contradicted().join()).toMatch(what);
  });
});

describe("TPC-C", () => {
  it("rolls one order of a hundred back, which leaves nothing", () => {
    const { made, rows, contradicted } = databaseAfter("tpc-c", 500);
    const orders = made.filter(({ operation }) => operation === "new-order");
    const share = orders.length / made.length;
    expect(share).toBeGreaterThan(0.45);
    expect(share).toBeLessThan(0.57);
    const left = Number(rows("SELECT count(*) AS there FROM orders")[0]!.there);
    expect(left).toBeLessThan(orders.length);
    expect(left).toBeGreaterThan(orders.length * 0.95);
    expect(contradicted()).toEqual([]);
  });

  it("would be found out if an order that is rolled back left its lines", () => {
    expect(databaseAfter("tpc-c", 500, false).contradicted().join()).toMatch(/condition 4/);
  });

  it("orders 5 to 15 lines of items in one order, some of other warehouses", () => {
    const { rows } = databaseAfter("tpc-c", 400);
    const [lines] = rows("SELECT min(o_ol_cnt) AS least, max(o_ol_cnt) AS most FROM orders");
    expect(lines).toEqual({ least: 5, most: 15 });
    const [remote] = rows("SELECT count(*) AS there FROM order_line WHERE ol_supply_w_id <> ol_w_id");
    expect(Number(remote!.there)).toBeGreaterThan(0);
    const unordered = `SELECT 1 FROM order_line AS a JOIN order_line AS b ON b.ol_w_id = a.ol_w_id AND b.ol_d_id = a.ol_d_id
      AND b.ol_o_id = a.ol_o_id AND b.ol_number = a.ol_number + 1 WHERE b.ol_i_id < a.ol_i_id`;
    expect(rows(unordered)).toEqual([]);
  });
});
