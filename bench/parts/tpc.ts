import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { connections } from "../harness/session.ts";
import type { Part } from "./part.ts";
import { everybody } from "./transfers.ts";

export const tpcB: Part = {
  name: "tpc-b",
  title: "TPC-B",
  about:
    "As pgbench runs it (`tpcb-like`), on its tables with their fillers: three `UPDATE`s, a `SELECT` and an `INSERT` into the history. Scale 16, one branch for each connection of PostgreSQL's pool, as pgbench's manual asks for: 1,600,000 accounts. Beside it pgbench itself, whose clients are written in C and speak PostgreSQL's protocol: what PostgreSQL does on this machine without Node.",
  measurements: ({ quick }) =>
    [1, 64].map((clients) => ({
      name: `${clients} clients`,
      title: `TPC-B, ${clients} client${clients === 1 ? "" : "s"}`,
      workload: "tpc-b",
      database: "tpc-b",
      scale: { scale: quick ? 1 : 16, accounts: 100_000 },
      groups: { transactions: { mix: "transaction", clients } },
      contenders: everybody,
    })),
  async run({ session, settings: { rounds, roundMs }, result, say }) {
    if (result.measurements.every(({ figures }) => figures.postgres === undefined)) return;
    const { socketDirectory, user, programs } = await session.cluster();
    const seconds = Math.max(1, Math.round((rounds * roundMs) / 1000));
    const protocol = ["-n", "-M", "prepared", "-c", String(connections), "-j", "2", "-T", String(seconds)];
    const { stdout } = await promisify(execFile)(
      join(programs, "pgbench"),
      ["-h", socketDirectory, "-U", user, ...protocol, "-b", "tpcb-like", "postgres"],
      { timeout: seconds * 1000 + 60_000 },
    );
    const rate = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
    result.values[`pgbench itself, ${connections} connections, per second`] = Math.round(rate);
    say(`  pgbench itself, ${connections} connections: ${Math.round(rate).toLocaleString("en")}/s`);
  },
};

export const tpcC: Part = {
  name: "tpc-c",
  title: "TPC-C: New-Order and Payment",
  about:
    "New-Order (5 to 15 lines, 1 % of them rolled back at the last) and Payment in TPC-C's proportion of 45 to 43, on the tables that they touch (simplified: no addresses, one `s_dist`, customers by number, money as integers, no orders at the start). 64 clients without think time. Afterwards TPC-C's consistency conditions 1 to 4 are checked. The D1 binding can only await the statements: an order cannot be a batch, because its number is read first.",
  measurements: ({ quick }) =>
    [1, 4].map((warehouses) => ({
      name: `${warehouses} warehouses`,
      title: `TPC-C, ${warehouses} warehouse${warehouses === 1 ? "" : "s"}, 64 clients`,
      workload: "tpc-c",
      database: `tpc-c-${warehouses}`,
      scale: { warehouses, items: 100_000, customers: 3_000 },
      groups: { transactions: { mix: "transaction", clients: quick ? 8 : 64 } },
      contenders: everybody.filter((name) => name !== "d1-batch"),
    })),
};
