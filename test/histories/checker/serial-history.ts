import { Random } from "../random.ts";
import { type Element, type Key, type Step, type Transaction, undone } from "./history.ts";

/**
 * A history that is strictly serializable because its transactions did happen one after another, each at a moment
 * between its begin and its end. Those overlap at random.
 */
export function serialHistory(seed: number, length: number): Transaction[] {
  const random = new Random(seed);
  const database = new Lists(random);
  const drafts = Array.from({ length }, (_, index) => ({
    ...database.transaction(),
    invoked: index - 6 * random.next(),
    completed: index + 6 * random.next(),
  }));
  // Whole numbers that no two events share, in the same order.
  const moments = drafts.flatMap(({ invoked, completed }) => [invoked, completed]).sort((a, b) => a - b);
  const clock = new Map(moments.map((moment, index) => [moment, index]));
  return drafts.map(({ invoked, completed, ...draft }, index) => ({
    ...draft,
    id: index + 1,
    process: index,
    invoked: clock.get(invoked)!,
    completed: clock.get(completed)!,
  }));
}

/** The lists, and somebody who works on them. */
class Lists {
  readonly #random: Random;
  readonly #lists = new Map<Key, Element[]>();
  #elements = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  transaction(): Pick<Transaction, "outcome" | "steps"> {
    const outcome = this.#random.weighted([
      [8, "ok"],
      [1, "fail"],
      [1, "info"],
    ] as const);
    const before = this.#snapshot();
    const steps = this.#steps(this.#random.between(1, 5));
    const happened = outcome === "ok" || (outcome === "info" && this.#random.chance(0.5));
    if (!happened) this.#restore(before);
    return { outcome, steps: outcome === "info" ? steps.map(withoutResults) : steps };
  }

  #steps(length: number): Step[] {
    return Array.from({ length }, () => {
      const key = this.#random.between(1, 4);
      if (this.#random.chance(0.1)) {
        const before = this.#snapshot();
        const steps = this.#steps(this.#random.between(1, 3));
        this.#restore(before);
        return undone(...steps);
      }
      const list = this.#lists.get(key) ?? [];
      if (this.#random.chance(0.5)) return { do: "read", key, elements: list };
      const element = ++this.#elements;
      this.#lists.set(key, [...list, element]);
      return { do: "append", key, element };
    });
  }

  #snapshot(): [Key, Element[]][] {
    return [...this.#lists];
  }

  #restore(snapshot: [Key, Element[]][]): void {
    this.#lists.clear();
    for (const [key, elements] of snapshot) this.#lists.set(key, elements);
  }
}

function withoutResults(step: Step): Step {
  if ("undone" in step) return { undone: step.undone.map(withoutResults) };
  return step.do === "read" ? { ...step, elements: null } : step;
}
