import type { Figure } from "./statistics.ts";

/** What `bench/results/latest.json` holds, from which the report is written. */
export interface Results {
  machine: Record<string, string>;
  parts: Record<string, PartResult>;
}

export interface PartResult {
  /** When it ran, and how long. */
  at: string;
  seconds: number;
  rounds: number;
  roundMs: number;
  quick: boolean;
  /** The machine's load average when it began: other work makes everything slower. */
  loadBefore: number;
  measurements: MeasurementResult[];
  checks: CheckResult[];
  skipped: { contender: string; why: string }[];
  /** What went wrong. */
  problems: string[];
  /** What is no load: by name, in the unit that the name says. */
  values: Record<string, number>;
}

export interface MeasurementResult {
  name: string;
  title: string;
  /** By contender, then by group of clients. */
  figures: Record<string, Record<string, Figure>>;
}

export interface CheckResult {
  contender: string;
  database: string;
  what: string;
  holds: boolean;
  /** The first of the rows that contradict. */
  instead?: string;
}

export function emptyPart(): Pick<PartResult, "measurements" | "checks" | "skipped" | "problems" | "values"> {
  return { measurements: [], checks: [], skipped: [], problems: [], values: {} };
}

/** A figure, if it was measured. */
export function figureOf(
  results: Results,
  part: string,
  measurement: string,
  contender: string,
  group?: string,
): Figure | undefined {
  const found = results.parts[part]?.measurements.find(({ name }) => name === measurement);
  const groups = found?.figures[contender];
  if (groups === undefined) return undefined;
  return group === undefined ? Object.values(groups)[0] : groups[group];
}
