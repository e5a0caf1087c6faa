import type { Scenario } from "./scenario.ts";
import { dirty } from "./scenarios/dirty.ts";
import { skewedReads } from "./scenarios/skewed-reads.ts";
import { skewedWrites } from "./scenarios/skewed-writes.ts";

/** Hermitage's ten anomalies, with its variants by predicate, from the weakest isolation level to the strongest. */
export const scenarios: readonly Scenario[] = [...dirty, ...skewedReads, ...skewedWrites];

/** @throws Error */
export function scenarioOf(anomaly: string): Scenario {
  const scenario = scenarios.find((candidate) => candidate.anomaly === anomaly);
  if (scenario === undefined) throw new Error(`There is no scenario of ${anomaly}.`);
  return scenario;
}
