import { type Edge, Graph } from "./graph.ts";
import type { Element, Key } from "./history.ts";
import type { Versions } from "./versions.ts";
import type { View } from "./view.ts";

/**
 * Why a transaction must come before another one:
 *
 * - `ww`: the other one appended what comes next in the list.
 * - `wr`: the other one read what it has appended.
 * - `rw`: it read the list as it was before the other one's append.
 * - `call`: it is the part of the same call before a `txn.commit()`.
 * - `time`: it had ended before the other one began.
 */
export type Dependency = "ww" | "wr" | "rw" | "call" | "time";

/** An edge between two transactions, with what it is about. */
export interface DependencyEdge extends Edge<Dependency> {
  key?: Key;
  /** `ww`: what each of them appended. `wr`: what was read. `rw`: what was not there yet. */
  elements?: Element[];
}

export type DependencyGraph = Graph<Dependency, DependencyEdge>;

/**
 * What reads tell of the order of the transactions. Nothing is guessed: each edge holds in every order of
 * transactions, one after another, that could have given these results.
 *
 * @param views Transactions that took place, and readers that were rolled back; their index is their node.
 */
export function dependenciesOf(views: readonly View[], versions: Versions): DependencyGraph {
  const graph: DependencyGraph = new Graph(views.length);
  const nodes = new Map(views.map((view, node) => [view, node]));
  const lists = new Map([...versions.keys].map((key) => [key, new KnownList(key, views, versions, nodes)]));

  for (const [key, list] of lists) {
    for (const [before, after] of list.neighbours()) {
      graph.add({
        from: before.node,
        to: after.node,
        kind: "ww",
        key,
        elements: [before.element, after.element],
      });
    }
  }
  const nodeOfId = new Map(views.map(({ transaction }, node) => [transaction.id, node]));
  for (const [node, { found, transaction }] of views.entries()) {
    for (const [key, elements] of found) {
      const list = lists.get(key);
      if (list === undefined || !versions.fits(key, elements)) continue;
      const source = list.lastOf(elements.length);
      if (source) graph.add({ from: source.node, to: node, kind: "wr", key, elements: [source.element] });
      for (const next of list.nextAfter(elements.length)) {
        graph.add({ from: node, to: next.node, kind: "rw", key, elements: [next.element] });
      }
    }
    const before = transaction.after === undefined ? undefined : nodeOfId.get(transaction.after);
    if (before !== undefined) graph.add({ from: before, to: node, kind: "call" });
  }
  return graph;
}

interface KnownAppend {
  node: number;
  element: Element;
}

/** The appends to a key whose transactions are known to have taken place. */
class KnownList {
  /** By position; a hole where nobody is known to have appended that and kept it. */
  readonly #ordered: (KnownAppend | undefined)[];
  /** They come after all that was read, in an order that nothing tells. */
  readonly #unread: KnownAppend[] = [];

  constructor(key: Key, views: readonly View[], versions: Versions, nodes: ReadonlyMap<View, number>) {
    const order = versions.order(key);
    this.#ordered = order.map((element) => {
      const writer = versions.writer(key, element);
      const node = writer?.undone === false ? nodes.get(writer.view) : undefined;
      return node === undefined ? undefined : { node, element };
    });
    const read = new Set(order);
    for (const [node, { appended }] of views.entries()) {
      for (const element of appended.get(key) ?? [])
        if (!read.has(element)) this.#unread.push({ node, element });
    }
  }

  *neighbours(): Generator<[KnownAppend, KnownAppend]> {
    let before: KnownAppend | undefined;
    for (const known of this.#ordered) {
      if (known === undefined) continue;
      if (before !== undefined) yield [before, known];
      before = known;
    }
    if (before !== undefined) for (const unread of this.#unread) yield [before, unread];
  }

  lastOf(length: number): KnownAppend | undefined {
    return length === 0 ? undefined : this.#ordered[length - 1];
  }

  /** What a reader of so many elements has not seen, as far as nothing else says so already. */
  nextAfter(length: number): readonly KnownAppend[] {
    const next = this.#ordered.slice(length).find((known) => known !== undefined);
    return next === undefined ? this.#unread : [next];
  }
}
