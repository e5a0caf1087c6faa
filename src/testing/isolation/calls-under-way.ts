import { callsOnTheirWay } from "./calls-on-their-way.ts";

/** A call to a database object that has not been answered yet. */
export interface CallUnderWay {
  /** How a message names it. */
  readonly name: string;
  /** Ends it, if that is possible. */
  readonly cancel?: () => void;
  /** The object that answers it: one that has been reset never will. */
  readonly instance: object;
}

/** Taken before any test can put its fake timers in their place. */
const realSetTimeout = setTimeout;

const pollMs = 1;

/** How long a call may take to its object. */
const arrivalMs = 100;

/** The calls to one database that are under way, so that a test's writes are not undone before they are made. */
export class CallsUnderWay {
  readonly #calls = new Set<CallUnderWay>();

  get list(): readonly CallUnderWay[] {
    return [...this.#calls];
  }

  async during<T>(call: CallUnderWay, work: () => Promise<T> | T): Promise<T> {
    this.#calls.add(call);
    try {
      return await work();
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Forgets what another life of the object has left unanswered. */
  onlyOf(instance: object): void {
    for (const call of this.#calls) if (call.instance !== instance) this.#calls.delete(call);
  }

  /**
   * Waits until there are none. By looking again and again: a promise of the object may not be awaited by a test, whose I/O is another's.
   *
   * @returns False when there still are some after this time.
   */
  async settled(timeoutMs: number): Promise<boolean> {
    // Counted: the clock may be a test's, and a machine that stops for a while leaves the calls no time.
    for (let waitedMs = 0; ; waitedMs += pollMs) {
      // One that does not arrive is another database's.
      if (this.#calls.size === 0 && (callsOnTheirWay() === 0 || waitedMs > arrivalMs)) return true;
      if (waitedMs > timeoutMs) return false;
      await new Promise((resolve) => realSetTimeout(resolve, pollMs));
    }
  }
}
