import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuzzParameters } from "../../support/fuzz.ts";
import { Random } from "../random.ts";
import { check } from "./check.ts";
import { type DependencyEdge, type DependencyGraph, dependenciesOf } from "./dependencies.ts";
import { Graph } from "./graph.ts";
import { mutations } from "./mutations.ts";
import { addRealTime } from "./real-time.ts";
import { serialHistory } from "./serial-history.ts";
import { Versions } from "./versions.ts";
import { viewOf } from "./view.ts";

const seed = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const length = fc.integer({ min: 1, max: 60 });

describe("the checker, with histories at random", () => {
  const { parameters, timeoutMs } = fuzzParameters("serial histories", { runs: 500, seconds: 4 });

  it(
    "finds nothing where transactions happened one after another",
    () => {
      fc.assert(
        fc.property(seed, length, (seed, length) => {
          expect(check(serialHistory(seed, length))).toEqual([]);
        }),
        parameters,
      );
    },
    timeoutMs,
  );

  it.each(Object.keys(mutations))(
    "finds %s",
    (name) => {
      let found = 0;
      fc.assert(
        fc.property(seed, (seed) => {
          const mutated = mutations[name]!(serialHistory(seed, 40), new Random(seed));
          if (mutated === undefined) return;
          found++;
          expect(check(mutated)).not.toEqual([]);
        }),
        { ...parameters, numRuns: Math.ceil(parameters.numRuns / 5) },
      );
      expect(found).toBeGreaterThan(parameters.numRuns / 10);
    },
    timeoutMs,
  );
});

describe("the edges of time", () => {
  const { parameters, timeoutMs } = fuzzParameters("edges of time", { runs: 200, seconds: 4 });

  it(
    "lead, directly or over others, from everybody who had ended to everybody who began later, and nowhere else",
    () => {
      fc.assert(
        fc.property(seed, length, (seed, length) => {
          const history = serialHistory(seed, length);
          const graph: DependencyGraph = new Graph(history.length);
          addRealTime(graph, history);
          for (const [from, transaction] of history.entries()) {
            const later = history.flatMap(({ invoked }, node) =>
              transaction.outcome !== "info" && transaction.completed < invoked ? [node] : [],
            );
            expect([...reachable(graph, from)].toSorted((a, b) => a - b)).toEqual(later);
          }
        }),
        parameters,
      );
    },
    timeoutMs,
  );

  it("are few", () => {
    const history = serialHistory(1, 1_000);
    const graph: DependencyGraph = new Graph(history.length);
    addRealTime(graph, history);
    const edges = history.map((_, node) => [...graph.from(node, ["time"])].length);
    // All pairs would be half a million.
    expect(edges.reduce((sum, count) => sum + count)).toBeLessThan(10 * history.length);
  });
});

describe("the components of a graph", () => {
  const { parameters, timeoutMs } = fuzzParameters("components", { runs: 300, seconds: 4 });
  const edges = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 25 });

  it(
    "are the nodes that reach each other, and have a cycle through each of them",
    () => {
      fc.assert(
        fc.property(edges, (edges) => {
          const graph: DependencyGraph = new Graph(10);
          for (const [from, to] of edges) graph.add({ from, to, kind: "ww" });
          const reach = Array.from({ length: 10 }, (_, node) => reachable(graph, node));
          const together = (a: number) => [...reach[a]!].filter((b) => reach[b]!.has(a)).toSorted();
          const components = graph.components(["ww"]).map((component) => component.toSorted());
          for (const component of components) {
            for (const node of component) {
              expect(component).toEqual(together(node));
              expectCycle(
                graph.cycle(node, new Set(component), ["ww"], () => 1),
                node,
              );
            }
          }
          const inComponents = new Set(components.flat());
          for (let node = 0; node < 10; node++) {
            expect(inComponents.has(node)).toBe(together(node).length > 1);
          }
        }),
        parameters,
      );
    },
    timeoutMs,
  );
});

describe("the dependencies of a serial history", () => {
  it("are known for almost every transaction", () => {
    // Else the checker would find nothing because it knows nothing.
    const views = serialHistory(2, 300).map((transaction) => viewOf(transaction).view);
    const graph = dependenciesOf(views, new Versions(views));
    const connected = new Set<number>();
    for (const node of views.keys()) {
      for (const { from, to } of graph.from(node, ["ww", "wr", "rw"])) connected.add(from).add(to);
    }
    expect(connected.size).toBeGreaterThan(250);
  });
});

function expectCycle(cycle: readonly DependencyEdge[], start: number): void {
  expect(cycle.length).toBeGreaterThan(1);
  expect(cycle[0]!.from).toBe(start);
  for (const [index, edge] of cycle.entries()) expect(edge.to).toBe(cycle[(index + 1) % cycle.length]!.from);
}

function reachable(graph: DependencyGraph, start: number): Set<number> {
  const reached = new Set<number>();
  const open = [start];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const { to } of graph.from(node, ["ww", "wr", "rw", "call", "time"])) {
      if (!reached.has(to)) open.push(to);
      reached.add(to);
    }
  }
  return reached;
}
