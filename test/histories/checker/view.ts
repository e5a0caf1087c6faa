import { appendsOf, type Element, type Key, listInWords, type Step, type Transaction } from "./history.ts";
import type { Problem } from "./problem.ts";

/** One transaction, seen from outside. */
export interface View {
  transaction: Transaction;
  /** The lists that it found: what it read, without its own appends. */
  found: Map<Key, readonly Element[]>;
  /** What it leaves, in order. */
  appended: Map<Key, Element[]>;
  /** What it has appended and undone. */
  undone: Map<Key, Element[]>;
}

/**
 * Looks at a transaction alone. Its reads must fit to its own steps: everything before them that it has not undone is
 * in the list, at its end, and what comes before that is the same each time.
 */
export function viewOf(transaction: Transaction): { view: View; problems: Problem[] } {
  const walk = new Walk(transaction);
  const { steps, outcome } = transaction;
  walk.take(outcome === "fail" ? [{ undone: steps }] : steps);
  const { view, problems } = walk;
  return { view, problems };
}

class Walk {
  readonly view: View;
  readonly problems: Problem[] = [];
  /** Its own elements, whether it has appended them yet or not. */
  readonly #mine = new Map<Key, Set<Element>>();

  constructor(transaction: Transaction) {
    this.view = { transaction, found: new Map(), appended: new Map(), undone: new Map() };
    for (const { key, element } of appendsOf(transaction.steps)) {
      const elements = this.#mine.get(key);
      if (elements === undefined) this.#mine.set(key, new Set([element]));
      else elements.add(element);
    }
  }

  take(steps: readonly Step[]): void {
    const { appended } = this.view;
    for (const step of steps) {
      if ("undone" in step) {
        const lengths = new Map([...appended].map(([key, elements]) => [key, elements.length]));
        this.take(step.undone);
        for (const [key, elements] of appended) {
          add(this.view.undone, key, ...elements.splice(lengths.get(key) ?? 0));
        }
      } else if (step.do === "append") {
        add(appended, step.key, step.element);
      } else if (step.elements !== null) {
        this.#read(step.key, step.elements);
      }
    }
  }

  #read(key: Key, elements: readonly Element[]): void {
    const own = this.view.appended.get(key) ?? [];
    const length = elements.length - own.length;
    if (length < 0 || own.some((element, index) => elements[length + index] !== element)) {
      this.#internal(key, elements, `its own appends ${listInWords(own)} are not at the end of it`);
      return;
    }
    const found = elements.slice(0, length);
    const before = this.view.found.get(key);
    const mine = this.#mine.get(key);
    const strange = mine && found.find((element) => mine.has(element));
    if (strange !== undefined) {
      this.#internal(key, elements, `its own append of ${strange} has been undone, or is not done yet`);
    } else if (before === undefined) {
      this.view.found.set(key, found);
    } else if (!isEqual(before, found)) {
      this.#internal(
        key,
        elements,
        `before its own appends it was ${listInWords(before)} in an earlier read`,
      );
    }
  }

  #internal(key: Key, elements: readonly Element[], why: string): void {
    const { id } = this.view.transaction;
    const explanation = `T${id} read ${listInWords(elements)} of key ${key}, but ${why}.`;
    this.problems.push({ anomaly: "internal", explanation, transactions: [id] });
  }
}

function add(lists: Map<Key, Element[]>, key: Key, ...elements: Element[]): void {
  const list = lists.get(key);
  if (list !== undefined) list.push(...elements);
  else if (elements.length > 0) lists.set(key, elements);
}

function isEqual(a: readonly Element[], b: readonly Element[]): boolean {
  return a.length === b.length && a.every((element, index) => element === b[index]);
}
