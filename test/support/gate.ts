/**
 * A place at which code waits until the test opens it, instead of for a fixed time. Both sides look again and again, because one event
 * may not await a promise that another one settles.
 */
export class Gate {
  #reached = 0;
  #isOpen = false;

  /** @param signal Ends the wait with an error when it aborts. */
  async pass(signal?: AbortSignal): Promise<void> {
    this.#reached++;
    while (!this.#isOpen) await scheduler.wait(1, { signal });
  }

  /** Resolves when so many have come to it. */
  async reached(times = 1): Promise<void> {
    while (this.#reached < times) await scheduler.wait(1);
  }

  open(): void {
    this.#isOpen = true;
  }
}

const gates = new Map<string, Gate>();

/** The gate of that name, for procedures that are called with it. Names are random: it is kept longer than the object lives. */
export function gateOf(name: string): Gate {
  const gate = gates.get(name) ?? new Gate();
  gates.set(name, gate);
  return gate;
}
