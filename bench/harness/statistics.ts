/** A quantile of values in ascending order, by the nearest rank. */
export function quantile(ascending: readonly number[], fraction: number): number {
  if (ascending.length === 0) return Number.NaN;
  const rank = Math.ceil(ascending.length * fraction);
  return ascending[Math.min(ascending.length, Math.max(1, rank)) - 1]!;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const ascending = values.toSorted((a, b) => a - b);
  const half = ascending.length / 2;
  return Number.isInteger(half)
    ? (ascending[half - 1]! + ascending[half]!) / 2
    : ascending[Math.floor(half)]!;
}

/** What one round of load by one group of clients showed. Rates per second, times in milliseconds. */
export interface Round {
  calls: number;
  failures: number;
  rate: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** What several rounds showed: medians of the rounds, and the slowest and fastest of them. */
export interface Figure {
  rounds: number;
  calls: number;
  failures: number;
  rate: number;
  slowest: number;
  fastest: number;
  p50: number;
  p95: number;
  p99: number;
}

export function summary(rounds: readonly Round[]): Figure {
  const of = (key: keyof Round) => rounds.map((round) => round[key]);
  const sum = (key: keyof Round) => of(key).reduce((a, b) => a + b, 0);
  return {
    rounds: rounds.length,
    calls: sum("calls"),
    failures: sum("failures"),
    rate: rounded(median(of("rate"))),
    slowest: rounded(Math.min(...of("rate"))),
    fastest: rounded(Math.max(...of("rate"))),
    p50: rounded(median(of("p50"))),
    p95: rounded(median(of("p95"))),
    p99: rounded(median(of("p99"))),
  };
}

/** To what a reader of the report can use: four digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
