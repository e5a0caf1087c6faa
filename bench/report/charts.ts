import { contenderNamed } from "../contenders/contenders.ts";
import { figureOf, type Results } from "../harness/results.ts";
import { rowCounts, writeCounts } from "../parts/growth.ts";
import { barChart, lineChart } from "./svg.ts";

const nan = Number.NaN;

/** The charts, by their file names without the ending. Those of parts that were not measured are left out. */
export function charts(results: Results): Record<string, string> {
  const found: Record<string, string | undefined> = {
    transfers: rates(results, "transfers", "Bank transfers, 64 clients", "transfers per second", {
      "any account (alpha 0)": "64 clients, alpha 0",
      "some far more often (alpha 1.5)": "64 clients, alpha 1.5",
    }),
    "tpc-b": rates(results, "tpc-b", "TPC-B, 64 clients", "transactions per second", {
      "64 clients": "64 clients",
    }),
    "tpc-c": rates(results, "tpc-c", "TPC-C, New-Order and Payment, 64 clients", "transactions per second", {
      "1 warehouse": "1 warehouses",
      "4 warehouses": "4 warehouses",
    }),
    readers: readers(results),
    growth: growth(results),
    "transaction-size": sizes(results),
  };
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function rates(
  results: Results,
  part: string,
  title: string,
  unit: string,
  measurements: Record<string, string>,
): string | undefined {
  const measured = new Set(
    Object.values(measurements).flatMap((name) =>
      Object.keys(results.parts[part]?.measurements.find((of) => of.name === name)?.figures ?? {}),
    ),
  );
  if (measured.size === 0) return undefined;
  const names = [...measured];
  return barChart({
    title,
    unit,
    categories: names.map((name) => contenderNamed(name).title),
    series: Object.entries(measurements).map(([name, measurement]) => ({
      name,
      values: names.map((contender) => figureOf(results, part, measurement, contender)?.rate ?? nan),
    })),
  });
}

function readers(results: Results): string | undefined {
  const names = Object.keys(
    results.parts.checkout?.measurements.find(({ name }) => name === "idle")?.figures ?? {},
  );
  if (names.length === 0) return undefined;
  const p99 = (measurement: string) =>
    names.map((name) => figureOf(results, "checkout", measurement, name, "readers")?.p99 ?? nan);
  return barChart({
    title: "Readers beside transactions that wait for something outside",
    unit: "p99 of 64 readers, milliseconds (logarithmic)",
    categories: names.map((name) => contenderNamed(name).title),
    series: [
      { name: "readers alone", values: p99("idle") },
      { name: "beside 20 ms checkouts", values: p99("checkout") },
      { name: "beside one that waits 500 ms", values: p99("held") },
    ],
    logarithmic: true,
  });
}

function growth(results: Results): string | undefined {
  const rows = rowCounts.filter(
    (count) => figureOf(results, "growth", `${count} rows`, "ours") !== undefined,
  );
  if (rows.length < 2) return undefined;
  return lineChart({
    title: "Cost of a transfer by the number of rows, 64 clients",
    xTitle: "accounts (logarithmic)",
    yTitle: "microseconds a transfer",
    xs: rows,
    series: ["ours", "plain", "sqlite-full"].map((name) => ({
      name: contenderNamed(name).title,
      values: rows.map((count) => 1e6 / (figureOf(results, "growth", `${count} rows`, name)?.rate ?? nan)),
    })),
    linearY: true,
  });
}

function sizes(results: Results): string | undefined {
  const writes = writeCounts.filter(
    (count) => figureOf(results, "transaction-size", `${count} writes`, "ours") !== undefined,
  );
  if (writes.length < 2) return undefined;
  const times = (contender: string, suffix: string) =>
    writes.map(
      (count) =>
        1e3 / (figureOf(results, "transaction-size", `${count} writes${suffix}`, contender)?.rate ?? nan),
    );
  return lineChart({
    title: "Time of a transaction by its writes, 1 client",
    xTitle: "writes in the transaction (logarithmic)",
    yTitle: "milliseconds a transaction (logarithmic)",
    xs: writes,
    series: [
      { name: "d1-procedures", values: times("ours", "") },
      { name: "d1-procedures, with one external wait", values: times("ours", ", waits") },
      { name: "plain Durable Object", values: times("plain", "") },
    ],
  });
}
