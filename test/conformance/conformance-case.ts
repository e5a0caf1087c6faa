/**
 * What the conformance suite is made of: cases that say what D1 does, as functions of a `D1Database`.
 *
 * A case is written for D1 and is run against D1 first. Where this project does something else on purpose, the
 * case says so, on which backends, what happens there instead, and where docs/d1-differences.md gives the reason.
 */

/** Cloudflare's own local D1, and the four ways to this project's database. */
export const backendNames = [
  "D1",
  "Durable Object binding",
  "service binding",
  "procedure",
  "transaction",
] as const;

export type BackendName = (typeof backendNames)[number];

/** A way to this project's database. */
export type OurBackend = Exclude<BackendName, "D1">;

/** For a difference that does not depend on the way to the database. */
export const everywhere = backendNames.filter((name) => name !== "D1");

/** For a difference of the two ways over RPC. */
export const overABinding: readonly OurBackend[] = ["Durable Object binding", "service binding"];

/** What a case may need besides its own empty database. */
export interface CaseContext {
  /** Another empty database of the same kind. Only to prepare statements there. */
  readonly other: D1Database;
}

export type CaseBody = (db: D1Database, context: CaseContext) => Promise<void>;

/** What this project does instead of what D1 does. */
export interface Difference {
  on: readonly OurBackend[];
  /** The heading of the entry in docs/d1-differences.md. */
  entry: string;
  /** What happens there instead, on an empty database of its own. */
  run: CaseBody;
}

/** One thing that D1 does. */
export interface ConformanceCase {
  /** Continues "A database ..." : `binds booleans as 1 and 0`. Unique in the suite. */
  behaviour: string;
  /** Fails when the database does anything else than D1. */
  run: CaseBody;
  differs?: readonly Difference[];
}

/** The cases of one file. */
export interface Concept {
  /** What the cases are about, as docs/conformance.md calls it. */
  title: string;
  cases: readonly ConformanceCase[];
}

/** The declared difference of a case on a backend; undefined where it has to do what D1 does. */
export function differenceOn(
  { differs = [] }: ConformanceCase,
  backend: BackendName,
): Difference | undefined {
  return differs.find(({ on }) => on.some((name) => name === backend));
}
