import { shopScale } from "../workloads/shop.ts";
import type { Part } from "./part.ts";

const readers = { mix: "read", clients: 64 };
const databases = ["ours", "ours-http", "plain", "d1", "sqlite-full", "postgres"];

/** Readers, alone and beside transactions that wait for something outside. */
export const checkout: Part = {
  name: "checkout",
  title: "Readers beside a checkout",
  about:
    "A checkout reads and debits a user, waits 20 ms for a payment provider and books the purchase, all in one transaction. 8 clients check out, one after another as fast as they can, while 64 others read single rows; and the same readers beside one transaction that holds an uncommitted row for 500 ms. What counts is the p99 of the readers, to that of the same readers alone.",
  measurements: () => {
    const of = (name: string, title: string, groups: Record<string, { mix: string; clients: number }>) => ({
      ...{ name, title, workload: "shop", database: "shop", scale: shopScale },
      groups: { readers, ...groups },
      contenders: databases,
    });
    return [
      of("idle", "64 readers alone", {}),
      of("checkout", "64 readers beside 8 clients who check out", {
        checkouts: { mix: "checkout", clients: 8 },
      }),
      of("held", "64 readers beside a transaction that waits 500 ms", {
        holders: { mix: "hold", clients: 1 },
      }),
    ];
  },
};

export const ycsbB: Part = {
  name: "ycsb-b",
  title: "YCSB B beside writers",
  about:
    "YCSB's workload B: 95 % reads of a record of ten fields of 100 characters, 5 % updates of one field, records by Zipf's law (0.99), 100,000 records, 64 clients; beside them 4 writers with transactions that read and update ten records each.",
  measurements: ({ quick }) => [
    {
      name: "b",
      title: "YCSB B, 64 clients, beside 4 writers",
      workload: "ycsb",
      database: "ycsb",
      scale: { records: quick ? 1_000 : 100_000 },
      groups: { operations: { mix: "b", clients: 64 }, writers: { mix: "writers", clients: 4 } },
      contenders: databases,
    },
  ],
};
