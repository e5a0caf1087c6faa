import type { Job, Outcome, Pause, TurnView } from "./job.ts";
import { RedoLog } from "./redo-log.ts";

/** A write or a batch outside any transaction: synchronous work, done in one go. */
export class WriteJob<T> implements Job {
  readonly log = new RedoLog();
  readonly deadline = Number.POSITIVE_INFINITY;
  readonly sliceMs = Number.POSITIVE_INFINITY;
  readonly wantsTurn = true;
  readonly result: Promise<T>;
  outcome: Outcome | undefined;
  pause: Pause | undefined;
  readonly suspendsForeignKeys: boolean;
  readonly #work: (log: RedoLog) => T;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;

  /** @param work Runs inside a physical transaction; leaves nothing behind when it throws. */
  constructor(work: (log: RedoLog) => T, { suspendsForeignKeys = false } = {}) {
    this.#work = work;
    this.suspendsForeignKeys = suspendsForeignKeys;
    this.result = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  resume(turn: TurnView): void {
    this.pause = "finished";
    if (this.outcome !== undefined) return;
    const mark = this.log.mark();
    try {
      const value = this.#work(this.log);
      if (this.log.isPinned && turn.hasNeighbours) {
        this.log.repeatFrom(mark);
        this.pause = "isolate";
        return;
      }
      this.outcome = { ok: true, value };
    } catch (error) {
      this.outcome = { ok: false, error };
    }
  }

  fail(error: Error): void {
    // The log stays: it tells the turn that there is something to undo.
    this.outcome = { ok: false, error };
  }

  settle(): void {
    if (this.outcome?.ok) this.#resolve(this.outcome.value as T);
    else this.#reject(this.outcome?.error);
  }

  // It never waits, so that nothing can happen to it between its start and its end.
  nextPause(): Promise<Pause> {
    return Promise.resolve("finished");
  }
  detach(): void {}
  committed(): void {}
  commitRefused(error: Error): void {
    this.fail(error);
  }
}
