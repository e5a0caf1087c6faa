import { setTimeout as sleep } from "node:timers/promises";
import type { PendingCall } from "./pending.ts";
import { processesOf } from "./process-memory.ts";
import type { SoakServer } from "./soak-server.ts";

/** Longer than any call may take: 30 s in the queue, and what it does then. */
const patienceMs = 75_000;
/** A slice of calls, each of which may wait, some together. */
const slicePatienceMs = 240_000;
const lookEveryMs = 2_000;
const probeTimeoutMs = 10_000;

/** Notices a call that never gets an answer, and gathers what can be known of it. */
export class Watchdog {
  readonly #server: SoakServer;
  #longest: PendingCall | undefined;
  readonly #stalled = new AbortController();
  #announce!: () => void;
  /** Resolves when a call was not answered for too long. */
  readonly neverAnswered: Promise<undefined>;

  constructor(server: SoakServer) {
    this.#server = server;
    this.neverAnswered = new Promise((resolve) => {
      this.#announce = () => resolve(undefined);
    });
  }

  /** Aborts then, too. */
  get stalled(): AbortSignal {
    return this.#stalled.signal;
  }

  async watchUntil(ended: AbortSignal): Promise<void> {
    // After the end as well: the slices that are under way are waited for.
    while (!this.#stalled.signal.aborted && !(ended.aborted && this.#server.unanswered().length === 0)) {
      const pending = await this.#pending();
      this.#longest = [...(pending ?? []), ...(this.#longest ? [this.#longest] : [])].reduce(
        longer,
        undefined,
      );
      const isStalled =
        pending?.some(({ ageMs }) => ageMs > patienceMs) ||
        this.#server.unanswered().some(({ ageMs }) => ageMs > slicePatienceMs);
      if (isStalled) {
        this.#stalled.abort();
        this.#announce();
        return;
      }
      await sleep(lookEveryMs);
    }
  }

  /** The call that has waited longest since this was asked last, in words. */
  longestWait(): string {
    const longest = this.#longest;
    this.#longest = undefined;
    return longest === undefined
      ? "none waits long"
      : `longest wait: ${longest.ageMs} ms for ${longest.name} of ${longest.database}`;
  }

  /** Everything that may tell why: what waits, what the processes do, and what still answers. */
  async report(): Promise<string> {
    const before = processesOf(this.#server.pid);
    const probes = await Promise.all([
      this.#probe("health"),
      this.#probe("totals", { database: "steady" }),
      this.#probe("totals", { database: "restarting" }),
      this.#probe("slice", { database: "another", client: 0, seed: 1, calls: 1 }),
    ]);
    const cpu = new Map(before.map(({ pid, cpuTicks }) => [pid, cpuTicks]));
    const processes = processesOf(this.#server.pid).map(
      ({ pid, name, state, residentBytes, cpuTicks }) =>
        `${pid} ${name}: ${state}, ${Math.round(residentBytes / 1e6)} MB, ${cpuTicks - (cpu.get(pid) ?? 0)} ticks of CPU during the probes`,
    );
    return [
      "A call was not answered.",
      `Calls without an answer: ${JSON.stringify(await this.#pending())}`,
      `Requests without an answer: ${JSON.stringify(this.#server.unanswered())}`,
      ...probes,
      ...processes,
      `Its last words:\n${this.#server.lastLines}`,
    ].join("\n");
  }

  #pending(): Promise<PendingCall[] | undefined> {
    return this.#server.post<PendingCall[]>("pending", null, probeTimeoutMs).catch(() => undefined);
  }

  #probe(what: string, body: unknown = null): Promise<string> {
    const started = Date.now();
    const told = (outcome: string) =>
      `${what} ${JSON.stringify(body)}: ${outcome} after ${Date.now() - started} ms`;
    return this.#server.post(what, body, probeTimeoutMs).then(
      () => told("answers"),
      (error: Error) => told(error.message),
    );
  }
}

function longer(a: PendingCall | undefined, b: PendingCall): PendingCall {
  return a === undefined || b.ageMs > a.ageMs ? b : a;
}
