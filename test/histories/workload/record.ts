import type { Transaction } from "../checker/history.ts";
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

type NotedPart = Pick<Transaction, "outcome" | "steps">;

class Recorder {
  readonly history: Transaction[] = [];
  readonly failures: Error[] = [];
  readonly #perform: (call: Call) => Promise<CallResult>;
  /** Counts begins and ends: all clients are in one event loop, which sees them in their order. */
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
      const invoked = this.#clock++;
      let parts: NotedPart[];
      let beside: NotedPart[] = [];
      try {
        ({ parts, beside = [] } = await this.#perform(call));
      } catch (error) {
        this.failures.push(error as Error);
        parts = plannedParts(call).map((steps) => ({ outcome: "info", steps }));
      }
      const completed = this.#clock++;
      for (const [index, part] of parts.entries()) {
        // What runs at the same time as its predecessor is somebody else to whoever knows processes only.
        const other = index === 0 ? process : this.#processes++;
        this.#note({ ...part, process: other, invoked, completed, ...(index > 0 && { after: this.#ids }) });
      }
      for (const part of beside) this.#note({ ...part, process: this.#processes++, invoked, completed });
      // Nobody knows when it ends, so that nothing can come after it: another process goes on.
      if (parts.some(({ outcome }) => outcome === "info")) process = this.#processes++;
    }
  }

  #note(transaction: Omit<Transaction, "id">): void {
    this.history.push({ id: ++this.#ids, ...transaction });
  }
}
