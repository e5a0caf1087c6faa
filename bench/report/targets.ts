import { figureOf, type Results } from "../harness/results.ts";

/** An aim, and what was measured. Ratios: absolute figures change with the machine, and its disk above all. */
export interface Target {
  what: string;
  aim: string;
  /** Undefined where it was not measured. */
  measured: (results: Results) => number | undefined;
  isMet: (measured: number) => boolean;
}

const transfersAt = (alpha: number) => `64 clients, alpha ${alpha}`;

export const targets: readonly Target[] = [
  atLeast("transfers, 64 clients, to a plain Durable Object", 5, (results) =>
    rateRatio(results, transfersAt(0), "ours", "plain"),
  ),
  atLeast("transfers, 64 clients, to awaited D1 statements", 20, (results) =>
    rateRatio(results, transfersAt(0), "ours", "d1"),
  ),
  ...[0, 1.5].flatMap((alpha) => [
    ahead(
      `transfers, 64 clients, alpha ${alpha}, to Node + PostgreSQL, interactive, each from inside its process`,
      (results) => rateRatio(results, transfersAt(alpha), "ours", "postgres-inside"),
    ),
    ahead(
      `transfers, 64 clients, alpha ${alpha}, to Node + PostgreSQL, interactive, both over HTTP`,
      (results) => rateRatio(results, transfersAt(alpha), "ours-http", "postgres"),
    ),
  ]),
  atLeast("transfers of alpha 1.5 to those of alpha 0 (contention costs at most 5 %)", 0.95, (results) =>
    quotient(
      figureOf(results, "transfers", transfersAt(1.5), "ours")?.rate,
      figureOf(results, "transfers", transfersAt(0), "ours")?.rate,
    ),
  ),
  atMost("p99 of 64 readers beside checkouts that wait 20 ms, to the same readers alone", 3, (results) =>
    readerRatio(results, "checkout", "ours"),
  ),
  atMost(
    "p99 of 64 readers beside a transaction that waits 500 ms, to the same readers alone",
    3,
    (results) => readerRatio(results, "held", "ours"),
  ),
  atMost("cost of a transfer on 10,000,000 rows, to one on 1,000", 2, (results) =>
    quotient(
      figureOf(results, "growth", "1000 rows", "ours")?.rate,
      figureOf(results, "growth", "10000000 rows", "ours")?.rate,
    ),
  ),
  ...["", ", waits"].map((waits) =>
    atMost(
      `time of a transaction of 1,000 writes, to one of 100${waits === "" ? "" : ", with one external wait in each"} (linear: 10)`,
      12,
      (results) =>
        quotient(
          figureOf(results, "transaction-size", `100 writes${waits}`, "ours")?.rate,
          figureOf(results, "transaction-size", `1000 writes${waits}`, "ours")?.rate,
        ),
    ),
  ),
  atMost("time of 100 writes with one external wait, to 100 without", 2, (results) =>
    quotient(
      figureOf(results, "transaction-size", "100 writes", "ours")?.rate,
      figureOf(results, "transaction-size", "100 writes, waits", "ours")?.rate,
    ),
  ),
  ...["read", "write", "batch of 10 writes"].flatMap((mix) =>
    [1, 8, 64].map((clients) =>
      atLeast(`client API, ${mix}, ${clients} client${clients === 1 ? "" : "s"}, to D1`, 4, (results) =>
        clientApiRatio(results, mix, clients),
      ),
    ),
  ),
  atLeast("client API, 10,000 rows, to D1", 1, (results) => clientApiRatio(results, "10,000 rows", 1)),
  atLeast("import with wrangler, to `wrangler --local`", 2, (results) =>
    dumpRatio(results, /^import of \d+ MB: /),
  ),
  atLeast("export with wrangler, to `wrangler --local`", 2, (results) =>
    dumpRatio(results, /^export of \d+ MB: /),
  ),
];

/** The rate of the one to the rate of the other. */
export function rateRatio(
  results: Results,
  measurement: string,
  one: string,
  other: string,
  part = "transfers",
): number | undefined {
  return quotient(
    figureOf(results, part, measurement, one)?.rate,
    figureOf(results, part, measurement, other)?.rate,
  );
}

/** The p99 of readers beside others to that of readers alone. */
export function readerRatio(results: Results, measurement: string, contender: string): number | undefined {
  return quotient(
    figureOf(results, "checkout", measurement, contender, "readers")?.p99,
    figureOf(results, "checkout", "idle", contender, "readers")?.p99,
  );
}

function clientApiRatio(results: Results, mix: string, clients: number): number | undefined {
  const suffix = mix.startsWith("batch") ? "-batch" : "";
  return rateRatio(results, `${mix}, ${clients}`, `ours${suffix}`, `d1${suffix}`, "client-api");
}

function dumpRatio(results: Results, what: RegExp): number | undefined {
  const values = Object.entries(results.parts.dumps?.values ?? {}).filter(([name]) => what.test(name));
  const of = (who: string) => values.find(([name]) => name.endsWith(`: ${who}, s`))?.[1];
  const [local, ours] = [
    of("wrangler --local"),
    values.findLast(([name]) => name.endsWith(": ours, s"))?.[1],
  ];
  const first = values.find(([name]) => name.endsWith(": ours, s"))?.[1];
  return quotient(local, what.source.startsWith("^import") ? first : ours);
}

export function quotient(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined || !(b > 0) ? undefined : a / b;
}

function atLeast(what: string, least: number, measured: Target["measured"]): Target {
  return { what, aim: `at least ${least} x`, measured, isMet: (value) => value >= least };
}

function atMost(what: string, most: number, measured: Target["measured"]): Target {
  return { what, aim: `at most ${most} x`, measured, isMet: (value) => value <= most };
}

function ahead(what: string, measured: Target["measured"]): Target {
  return { what, aim: "ahead (over 1 x)", measured, isMet: (value) => value > 1 };
}
