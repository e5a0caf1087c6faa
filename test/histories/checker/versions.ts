import { type Element, type Key, listInWords } from "./history.ts";
import type { Anomaly, Problem } from "./problem.ts";
import type { View } from "./view.ts";

/** Who appended an element, and what became of it. */
export interface Writer {
  view: View;
  undone: boolean;
}

/** A list that somebody saw, and who. */
interface Sighting {
  elements: readonly Element[];
  view: View;
}

/** The history of each key: in which order its elements were appended, as far as reads tell. */
export class Versions {
  readonly problems: Problem[] = [];
  readonly #writers = new Map<Key, Map<Element, Writer>>();
  readonly #longest = new Map<Key, Sighting>();
  /** Lists that do not fit, as texts: many reads may have seen the same. */
  readonly #misfits = new Set<string>();

  /** @throws Error for a history in which an element is appended twice to a key. */
  constructor(views: readonly View[]) {
    for (const view of views) this.#addWriter(view);
    for (const view of views) for (const sighting of sightingsOf(view)) this.#prolong(...sighting);
    for (const view of views) {
      for (const [key, elements] of view.found) this.#checkElements(key, elements, view);
      for (const [key, sighting] of sightingsOf(view)) this.#checkOrder(key, sighting);
    }
  }

  /** The elements of a key, in the order of their appends, those left out that no read shows. */
  order(key: Key): readonly Element[] {
    return this.#longest.get(key)?.elements ?? [];
  }

  /** Whether a list is the beginning of what the key became. */
  fits(key: Key, elements: readonly Element[]): boolean {
    return isPrefix(elements, this.order(key));
  }

  writer(key: Key, element: Element): Writer | undefined {
    return this.#writers.get(key)?.get(element);
  }

  get keys(): Iterable<Key> {
    return this.#writers.keys();
  }

  #addWriter(view: View): void {
    for (const [lists, undone] of [
      [view.appended, false],
      [view.undone, true],
    ] as const) {
      for (const [key, elements] of lists) {
        const writers = this.#writers.get(key) ?? new Map<Element, Writer>();
        this.#writers.set(key, writers);
        for (const element of elements) {
          if (writers.has(element)) {
            throw new Error(
              `${element} is appended twice to key ${key}: such a history does not tell which one a read saw.`,
            );
          }
          writers.set(element, { view, undone });
        }
      }
    }
  }

  #prolong(key: Key, sighting: Sighting): void {
    const longest = this.#longest.get(key);
    if (longest === undefined || longest.elements.length < sighting.elements.length) {
      this.#longest.set(key, sighting);
    }
  }

  #checkElements(key: Key, elements: readonly Element[], view: View): void {
    const { id } = view.transaction;
    const reading = `T${id} read ${listInWords(elements)} of key ${key}`;
    const problem = (anomaly: Anomaly, why: string, ...others: number[]) =>
      this.problems.push({ anomaly, explanation: `${reading}${why}.`, transactions: [id, ...others] });

    const seen = new Set<Element>();
    for (const element of elements) {
      if (seen.has(element)) problem("duplicate", `, with ${element} in it twice`);
      seen.add(element);
      const writer = this.writer(key, element);
      if (writer === undefined) problem("garbage", `, but nobody appended ${element}`);
      else if (writer.undone) {
        const { id } = writer.view.transaction;
        problem("G1a", `, but T${id}, which appended ${element}, has undone it`, id);
      }
    }
    const last = elements.at(-1);
    const writer = last === undefined ? undefined : this.writer(key, last);
    const final = writer?.view.appended.get(key)?.at(-1);
    if (writer !== undefined && !writer.undone && final !== last) {
      const { id } = writer.view.transaction;
      problem("G1b", `, which ends in the middle of T${id}: that goes on to append ${final}`, id);
    }
  }

  #checkOrder(key: Key, { elements, view }: Sighting): void {
    const misfit = `${key}: ${elements.join()}`;
    if (this.fits(key, elements) || this.#misfits.has(misfit)) return;
    this.#misfits.add(misfit);
    const longest = this.#longest.get(key)!;
    const ids = [view.transaction.id, longest.view.transaction.id];
    const explanation =
      `Key ${key} was ${listInWords(elements)} to T${ids[0]} and ${listInWords(longest.elements)} to T${ids[1]}: ` +
      "the one is not how the other one begins.";
    this.problems.push({ anomaly: "incompatible orders", explanation, transactions: ids });
  }
}

/** Who has read a list and appended to it leaves both together, and nothing in between. */
function* sightingsOf(view: View): Generator<[Key, Sighting]> {
  for (const [key, found] of view.found) {
    yield [key, { elements: [...found, ...(view.appended.get(key) ?? [])], view }];
  }
}

function isPrefix(a: readonly Element[], b: readonly Element[]): boolean {
  return a.length <= b.length && a.every((element, index) => element === b[index]);
}
