import type { Dependency, DependencyEdge, DependencyGraph } from "./dependencies.ts";
import { inWords, type Transaction } from "./history.ts";
import type { Anomaly, Problem } from "./problem.ts";

/**
 * Which edges to look at, from few to all: what is found early is the worse anomaly, and easier to understand. The
 * names are Adya's: only appends (G0); with reads of what is written (G1c); with one read of what was replaced
 * (G-single); with several (G2-item).
 */
const searches: { kinds: Dependency[]; name(edges: readonly DependencyEdge[]): Anomaly }[] = [
  { kinds: ["ww"], name: () => "G0" },
  { kinds: ["ww", "wr"], name: () => "G1c" },
  { kinds: ["ww", "wr", "rw"], name: (edges) => (count(edges, "rw") === 1 ? "G-single" : "G2-item") },
  { kinds: ["ww", "call", "time"], name: () => "G0-realtime" },
  { kinds: ["ww", "wr", "call", "time"], name: () => "G1c-realtime" },
  {
    kinds: ["ww", "wr", "rw", "call", "time"],
    name: (edges) => (count(edges, "rw") === 1 ? "G-single-realtime" : "G2-item-realtime"),
  },
];

/** Of a large component so many nodes are tried; a shorter cycle may stay unseen, but never that there is one. */
const maxStarts = 40;

/** Cycles in the order of the transactions, one for each set of transactions that hang together. */
export function cyclesOf(graph: DependencyGraph, transactions: readonly Transaction[]): Problem[] {
  const problems: Problem[] = [];
  const explained = new Set<number>();
  for (const { kinds, name } of searches) {
    for (const component of graph.components(kinds)) {
      if (component.some((node) => explained.has(node))) continue;
      const edges = simplestCycle(graph, component, kinds);
      for (const node of component) explained.add(node);
      problems.push({
        anomaly: name(edges),
        explanation: explain(edges, transactions),
        transactions: edges.map(({ from }) => transactions[from]!.id),
      });
    }
  }
  return problems;
}

function simplestCycle(
  graph: DependencyGraph,
  component: readonly number[],
  kinds: readonly Dependency[],
): DependencyEdge[] {
  const within = new Set(component);
  const cost = (kind: Dependency) => (kind === "rw" ? 20 : 1);
  const costOf = (edges: DependencyEdge[]) => edges.reduce((sum, { kind }) => sum + cost(kind), 0);
  return component
    .slice(0, maxStarts)
    .map((start) => graph.cycle(start, within, kinds, cost))
    .reduce((best, edges) => (costOf(edges) < costOf(best) ? edges : best));
}

function explain(edges: readonly DependencyEdge[], transactions: readonly Transaction[]): string {
  const involved = edges.map(({ from }) => `  ${inWords(transactions[from]!)}`);
  const reasons = edges.map((edge) => `  - ${reason(edge, transactions)}`);
  return ["A cycle of", ...involved, "in which each comes before the next one, because", ...reasons].join(
    "\n",
  );
}

function reason(
  { from, to, kind, key, elements = [] }: DependencyEdge,
  transactions: readonly Transaction[],
): string {
  const [before, after] = [from, to].map((node) => `T${transactions[node]!.id}`);
  switch (kind) {
    case "ww":
      return `${before} appended ${elements[0]} to key ${key}, and ${after} appended ${elements[1]} behind it;`;
    case "wr":
      return `${before} appended ${elements[0]} to key ${key}, and ${after} read it;`;
    case "rw":
      return `${before} read key ${key} without ${elements[0]}, which ${after} appended;`;
    case "call":
      return `${before} and ${after} are parts of one call, in this order;`;
    case "time":
      return `${before} had ended before ${after} began;`;
  }
}

function count(edges: readonly DependencyEdge[], kind: Dependency): number {
  return edges.filter((edge) => edge.kind === kind).length;
}
