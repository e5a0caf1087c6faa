/** An edge from one node of a graph to another one, both given by their index. */
export interface Edge<Kind extends string> {
  from: number;
  to: number;
  kind: Kind;
}

/** A directed graph, with at most one edge of a kind between two nodes. */
export class Graph<Kind extends string, E extends Edge<Kind>> {
  readonly #out: Map<number, E[]>[];

  constructor(size: number) {
    this.#out = Array.from({ length: size }, () => new Map());
  }

  get size(): number {
    return this.#out.length;
  }

  /** Adds an edge. One that leads back to its own node, or is there already, is left out. */
  add(edge: E): void {
    if (edge.from === edge.to) return;
    const out = this.#out[edge.from]!;
    const parallel = out.get(edge.to);
    if (parallel === undefined) out.set(edge.to, [edge]);
    else if (parallel.every(({ kind }) => kind !== edge.kind)) parallel.push(edge);
  }

  /** The edges of these kinds that start here: one for each node that they lead to, of the first kind that there is. */
  *from(node: number, kinds: readonly Kind[]): Generator<E> {
    for (const parallel of this.#out[node]!.values()) {
      for (const kind of kinds) {
        const edge = parallel.find((candidate) => candidate.kind === kind);
        if (edge === undefined) continue;
        yield edge;
        break;
      }
    }
  }

  /** The strongly connected components of more than one node, by Tarjan's algorithm, without recursion. */
  components(kinds: readonly Kind[]): number[][] {
    const components: number[][] = [];
    const order: number[] = [];
    const low: number[] = [];
    const open = new Set<number>();
    const stack: number[] = [];
    let count = 0;
    for (let root = 0; root < this.size; root++) {
      if (order[root] !== undefined) continue;
      const path: { node: number; edges: Iterator<E> }[] = [];
      const enter = (node: number) => {
        order[node] = low[node] = count++;
        open.add(node);
        stack.push(node);
        path.push({ node, edges: this.from(node, kinds) });
      };
      enter(root);
      while (path.length > 0) {
        const { node, edges } = path.at(-1)!;
        const { value, done } = edges.next();
        if (!done) {
          const { to } = value as E;
          if (order[to] === undefined) enter(to);
          else if (open.has(to)) low[node] = Math.min(low[node]!, order[to]);
          continue;
        }
        path.pop();
        const parent = path.at(-1);
        if (parent !== undefined) low[parent.node] = Math.min(low[parent.node]!, low[node]!);
        if (low[node] !== order[node]) continue;
        const component = stack.splice(stack.lastIndexOf(node));
        for (const member of component) open.delete(member);
        if (component.length > 1) components.push(component);
      }
    }
    return components;
  }

  /**
   * The cheapest cycle through a node that stays within some nodes (Dijkstra's algorithm).
   *
   * @param cost Of an edge of each kind: positive integers.
   */
  cycle(
    start: number,
    within: ReadonlySet<number>,
    kinds: readonly Kind[],
    cost: (kind: Kind) => number,
  ): E[] {
    const best = new Map<number, { cost: number; edge: E | undefined }>([
      [start, { cost: 0, edge: undefined }],
    ]);
    const buckets: number[][] = [[start]];
    let closing: { cost: number; edge: E } | undefined;
    for (let at = 0; at < buckets.length && at < (closing?.cost ?? Number.POSITIVE_INFINITY); at++) {
      for (const node of buckets[at] ?? []) {
        if (best.get(node)!.cost !== at) continue;
        for (const edge of this.from(node, kinds)) {
          const reached = at + cost(edge.kind);
          if (edge.to === start) {
            if (reached < (closing?.cost ?? Number.POSITIVE_INFINITY)) closing = { cost: reached, edge };
          } else if (within.has(edge.to) && reached < (best.get(edge.to)?.cost ?? Number.POSITIVE_INFINITY)) {
            best.set(edge.to, { cost: reached, edge });
            buckets[reached] ??= [];
            buckets[reached].push(edge.to);
          }
        }
      }
    }
    const cycle: E[] = [];
    for (let edge = closing?.edge; edge !== undefined; edge = best.get(edge.from)!.edge) cycle.unshift(edge);
    return cycle;
  }
}
