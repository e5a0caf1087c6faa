import type { Outcome, Step, Transaction } from "../checker/history.ts";
import { type Call, type CallResult, plannedParts } from "./calls.ts";
import { keysOf } from "./plan.ts";

export interface Recording {
  history: Transaction[];
  /** What calls failed with whose outcome is unknown. */
  failures: Error[];
}

/** Keys of the last reads, in one batch each. */
const keysAtOnce = 20;

/**
 * Lets the clients make their calls at once, each one after another, and reads every list in the end.
 *
 * @param perform Sends a call. If it rejects, the outcome is unknown.
 */
export async function record(
  plan: readonly Call[][],
  perform: (call: Call) => Promise<CallResult>,
): Promise<Recording> {
  const recorder = new Recorder(plan.length, perform);
  await Promise.all(plan.map((calls, client) => recorder.client(client, calls)));
  const keys = keysOf(plan);
  const reads: Call[] = [];
  for (let start = 0; start < keys.length; start += keysAtOnce) {
    const steps = keys.slice(start, start + keysAtOnce).map((key) => ({ do: "read", key }) as const);
    reads.push({ call: "batch", steps, fails: false });
  }
  await recorder.client(plan.length, reads);
  const { history, failures } = recorder;
  return { history: history.sort((a, b) => a.invoked - b.invoked), failures };
}

class Recorder {
  readonly history: Transaction[] = [];
  readonly failures: Error[] = [];
  readonly #perform: (call: Call) => Promise<CallResult>;
  /** Counts events: all clients are in one event loop, which sees them in their order. */
  #clock = 0;
  #ids = 0;
  #processes: number;

  constructor(clients: number, perform: (call: Call) => Promise<CallResult>) {
    this.#processes = clients + 1;
    this.#perform = perform;
  }

  async client(client: number, calls: readonly Call[]): Promise<void> {
    let process = client;
    for (const call of calls) {
      const planned = plannedParts(call);
      const invoked = this.#ticks(planned.length);
      let parts: { outcome: Outcome; steps: Step[] }[];
      try {
        ({ parts } = await this.#perform(call));
      } catch (error) {
        this.failures.push(error as Error);
        parts = planned.map((steps) => ({ outcome: "info", steps }));
      }
      this.#note(process, invoked, parts);
      // Nobody knows when it ends, so that nothing can come after it: another process goes on.
      if (parts.some(({ outcome }) => outcome === "info")) process = this.#processes++;
    }
  }

  #note(process: number, invoked: number[], parts: readonly { outcome: Outcome; steps: Step[] }[]): void {
    const completed = this.#ticks(parts.length);
    for (const [index, { outcome, steps }] of parts.entries()) {
      const id = ++this.#ids;
      this.history.push({
        id,
        // What runs at the same time as its predecessor is somebody else to whoever knows processes only.
        process: index === 0 ? process : this.#processes++,
        outcome,
        invoked: invoked[index]!,
        completed: completed[index]!,
        steps,
        ...(index > 0 && { after: id - 1 }),
      });
    }
  }

  #ticks(count: number): number[] {
    return Array.from({ length: count }, () => this.#clock++);
  }
}
