import type { Job, Outcome, Pause } from "./job.ts";
import { RedoLog } from "./redo-log.ts";

/**
 * A task that has the mutex for as long as it takes, with no physical transaction around it: an import, which
 * opens one of its own; an export, beside which readers go on; an erasure. It shares no turn and is never replayed.
 */
export class ExclusiveJob<T> implements Job {
  readonly log = new RedoLog();
  readonly deadline = Number.POSITIVE_INFINITY;
  readonly sliceMs = Number.POSITIVE_INFINITY;
  readonly wantsTurn = true;
  readonly suspendsForeignKeys = false;
  readonly exclusive = true;
  readonly result: Promise<T>;
  outcome: Outcome | undefined;
  readonly #work: () => Promise<T>;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;

  constructor(work: () => Promise<T>) {
    this.#work = work;
    this.result = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Does the task; never rejects. */
  async run(): Promise<void> {
    try {
      this.outcome = { ok: true, value: await this.#work() };
    } catch (error) {
      this.outcome = { ok: false, error };
    }
  }

  fail(error: Error): void {
    this.outcome = { ok: false, error };
  }

  settle(): void {
    if (this.outcome?.ok) this.#resolve(this.outcome.value as T);
    else this.#reject(this.outcome?.error);
  }

  // No turn ever drives it.
  readonly pause: Pause = "finished";
  resume(): void {}
  nextPause(): Promise<Pause> {
    return Promise.resolve("finished");
  }
  detach(): void {}
  committed(): void {}
  commitRefused(error: Error): void {
    this.fail(error);
  }
}
