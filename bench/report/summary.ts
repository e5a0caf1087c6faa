import type { Results } from "../harness/results.ts";
import { table, times } from "./markdown.ts";
import { rateRatio, readerRatio } from "./targets.ts";

interface Column {
  title: string;
  part: string;
  measurement: string;
}

const columns: readonly Column[] = [
  { title: "bank transfers", part: "transfers", measurement: "64 clients, alpha 0" },
  { title: "some accounts far more often", part: "transfers", measurement: "64 clients, alpha 1.5" },
  { title: "TPC-B", part: "tpc-b", measurement: "64 clients" },
  { title: "TPC-C, 4 warehouses", part: "tpc-c", measurement: "4 warehouses" },
];

/** Whom we are compared with, and which of ours with which of theirs. */
const others: readonly [title: string, ours: string, theirs: string][] = [
  ["a plain Durable Object", "ours", "plain"],
  ["awaited D1 statements, which are no transaction", "ours", "d1"],
  ["better-sqlite3 in Node, both over HTTP", "ours-http", "sqlite-full"],
  ["Node + PostgreSQL, both over HTTP", "ours-http", "postgres"],
  ["Node + a PL/pgSQL function, both over HTTP", "ours-http", "postgres-function"],
];

/** For a front page: the ratios that matter, in one small table. */
export function summary(results: Results): string {
  const rows = others.map(([title, ours, theirs]) => [
    title,
    ...columns.map(({ part, measurement }) => {
      const value = rateRatio(results, measurement, ours, theirs, part);
      return value === undefined ? "" : times(value);
    }),
  ]);
  const readers = ["ours", "plain"].map((name) => readerRatio(results, "checkout", name));
  const [ours, plain] = readers.map((value) => (value === undefined ? "?" : times(value)));
  return [
    table(["64 clients, ours to", ...columns.map(({ title }) => title)], rows),
    `The slowest hundredth of 64 readers, beside checkouts that wait 20 ms for a payment: ${ours} of what it waits alone; in a plain Durable Object ${plain}.`,
  ].join("\n\n");
}
