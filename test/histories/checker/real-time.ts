import type { DependencyGraph } from "./dependencies.ts";
import type { Transaction } from "./history.ts";

/**
 * Adds the edges of time: who had ended before another one began comes before it.
 *
 * Of all such pairs only those are added that no chain of others implies, which are about as many as there are
 * transactions, times those that ran at once. For that a sweep over all begins and ends keeps those who have ended
 * and behind whom nobody has begun and ended since: whoever begins comes after each of them, and through them after
 * everybody else who has ended.
 */
export function addRealTime(graph: DependencyGraph, transactions: readonly Transaction[]): void {
  const events = transactions.flatMap(({ invoked, completed, outcome }, node) => [
    { at: invoked, node, ends: false },
    // Who does not know the outcome does not know when it ended either.
    ...(outcome === "info" ? [] : [{ at: completed, node, ends: true }]),
  ]);
  events.sort((a, b) => a.at - b.at);
  let frontier: number[] = [];
  for (const { node, ends } of events) {
    if (ends) {
      const { invoked } = transactions[node]!;
      frontier = [...frontier.filter((other) => transactions[other]!.completed > invoked), node];
    } else {
      for (const other of frontier) graph.add({ from: other, to: node, kind: "time" });
    }
  }
}
