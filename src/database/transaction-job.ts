import { DatabaseError } from "../errors.ts";
import { maxStatementsBetweenYields } from "../limits.ts";
import type { Engine } from "./engine.ts";
import type { Job, Outcome, Pause, TurnView } from "./job.ts";
import { RedoLog, type RedoMark } from "./redo-log.ts";

interface Waiter {
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * An interactive transaction: a callback that may await anything between its statements.
 *
 * Attached, its statements execute at once on the open physical transaction. Detached, they wait for the
 * next turn, which replays the redo log first.
 */
export class TransactionJob implements Job {
  readonly log = new RedoLog();
  readonly result: Promise<unknown>;
  deadline = Number.POSITIVE_INFINITY;
  outcome: Outcome | undefined;
  readonly #engine: Engine;
  readonly #timeoutMs: number;
  readonly #body: () => Promise<unknown>;
  #turn: TurnView | undefined;
  #pause: Pause | undefined;
  #announce: ((pause: Pause) => void) | undefined;
  /** What the callback asked for while it could not be done. */
  #waiting: (() => void)[] = [];
  #undoing: (() => void)[] = [];
  #committing: Waiter | undefined;
  #statementsInOneGo = 0;
  #abort: AbortController | undefined;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;

  /** @param body Runs the callback; called once, when the job has the mutex. */
  constructor(engine: Engine, timeoutMs: number, body: () => Promise<unknown>) {
    this.#engine = engine;
    this.#timeoutMs = timeoutMs;
    this.#body = body;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get wantsTurn(): boolean {
    if (this.outcome === undefined) return this.#waiting.length > 0;
    return this.outcome.ok && !this.log.isEmpty;
  }

  /** Aborts when the transaction fails from outside. Made on demand: most callbacks never ask for it. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.outcome?.ok === false) this.#abort.abort(this.outcome.error);
    return this.#abort.signal;
  }

  // What the turn does with the job.

  resume(turn: TurnView): Pause | undefined {
    this.#turn = turn;
    this.#pause = undefined;
    this.#statementsInOneGo = 0;
    if (this.outcome !== undefined) return "finished";
    if (this.deadline === Number.POSITIVE_INFINITY) this.#start();
    for (const resolve of this.#undoing.splice(0)) resolve();
    while (this.#isActive) {
      const work = this.#waiting.shift();
      if (work === undefined) break;
      work();
    }
    return this.#pause;
  }

  nextPause(): Promise<Pause> {
    return new Promise((resolve) => {
      this.#announce = resolve;
    });
  }

  detach(): void {
    this.#turn = undefined;
    this.#pause = undefined;
    for (const resolve of this.#undoing.splice(0)) resolve();
  }

  committed(): void {
    this.log.clear();
    this.#committing?.resolve();
    this.#committing = undefined;
  }

  commitRefused(error: Error): void {
    this.#committing?.reject(error);
    this.#committing = undefined;
  }

  fail(error: Error): void {
    if (this.outcome?.ok === false) return;
    this.#finish({ ok: false, error });
    this.#abort?.abort(error);
    this.#committing?.reject(error);
    this.#committing = undefined;
    for (const resolve of this.#undoing.splice(0)) resolve();
    // Each finds the transaction closed and says so to its caller.
    for (const work of this.#waiting.splice(0)) work();
  }

  settle(): void {
    if (this.outcome?.ok) this.#resolve(this.outcome.value);
    else this.#reject(this.outcome?.error);
  }

  // What the callback does with the job.

  /**
   * Runs synchronous work on the transaction, as soon as the database holds the transaction's state.
   *
   * @param work May run more than once; only its last result counts.
   * @param onlyReads Whether it writes nothing. Asked only when that spares a turn.
   */
  run<T>(work: () => T, onlyReads: () => boolean): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const attempt = () => {
        if (this.outcome !== undefined) return reject(this.closedError());
        if (!this.#canRun(onlyReads)) return this.#wait(attempt);
        const mark = this.log.mark();
        try {
          const result = work();
          if (this.log.isPinned && !this.#mayPin(mark, attempt)) return;
          resolve(result);
        } catch (error) {
          reject(error);
        }
      };
      attempt();
    });
  }

  /** Makes the log so far durable; the callback goes on. Rejects when a check refuses the commit. */
  commit(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const attempt = () => {
        if (this.outcome !== undefined) return reject(this.closedError());
        if (this.log.isEmpty) return resolve();
        if (!this.#isActive) return this.#wait(attempt);
        this.#committing = { resolve, reject };
        this.#post("commit");
      };
      attempt();
    });
  }

  /** Undoes what came after the mark. */
  undo(mark: RedoMark): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const attempt = () => {
        if (this.outcome !== undefined) return reject(this.closedError());
        if (this.log.mark().length === mark.length) return resolve();
        if (this.#turn !== undefined && this.#pause !== undefined) return this.#wait(attempt);
        if (mark.length > 0 && !this.log.isReplayable) {
          const error = notReplayable();
          this.fail(error);
          return reject(error);
        }
        this.log.truncate(mark);
        // Detached, the database holds nothing of this job: its shorter log is all there is.
        if (this.#turn === undefined) return resolve();
        this.#undoing.push(resolve);
        this.#post("undo");
      };
      attempt();
    });
  }

  /**
   * Ends the transaction with a failure from outside: cancelled, or its procedure has ended.
   *
   * @returns False: too late. Its callback has returned, and the commit that it shares may be under way.
   */
  abort(error: Error): boolean {
    if (this.outcome !== undefined) return false;
    const queued = this.#engine.withdraw(this);
    this.fail(error);
    if (queued) this.settle();
    return true;
  }

  /** The error of whatever comes too late. */
  closedError(): DatabaseError {
    const cause = this.outcome?.ok === false ? this.outcome.error : undefined;
    const why = cause instanceof Error ? ` (${cause.message})` : "";
    return new DatabaseError(
      "TRANSACTION_CLOSED",
      `The transaction has ended${why}; this statement did not run. Await every statement inside the callback, ` +
        "and do not keep txn beyond it.",
      { cause },
    );
  }

  get #isActive(): boolean {
    return this.#turn !== undefined && this.#pause === undefined;
  }

  #start(): void {
    this.deadline = Date.now() + this.#timeoutMs;
    this.#body().then(
      (value) => this.#finish({ ok: true, value }),
      (error: Error) => this.fail(error),
    );
  }

  #finish(outcome: Outcome): void {
    if (this.outcome?.ok === false) return;
    this.outcome = outcome;
    if (this.#turn !== undefined) this.#post("finished");
    else this.#engine.wake();
  }

  #post(pause: Pause): void {
    this.#pause = pause;
    this.#announce?.(pause);
    this.#announce = undefined;
  }

  #wait(attempt: () => void): void {
    this.#waiting.push(attempt);
    if (this.#turn === undefined) this.#engine.wake();
  }

  #canRun(onlyReads: () => boolean): boolean {
    if (this.#turn === undefined) {
      // Nothing written yet: the last committed state is the transaction's own, and nobody else may write.
      if (!this.log.isEmpty || this.#engine.physicalOpen || !onlyReads()) return false;
      // Such reads resolve in microtasks too: past the limit they go through a turn, which minds the deadline.
      return ++this.#statementsInOneGo <= maxStatementsBetweenYields;
    }
    if (this.#pause !== undefined) return false;
    if (++this.#statementsInOneGo <= maxStatementsBetweenYields) return true;
    this.#post("yield");
    return false;
  }

  /** False: the job must first be alone in its turn; the attempt is repeated then. */
  #mayPin(mark: RedoMark, attempt: () => void): boolean {
    if (this.#turn?.hasNeighbours) {
      this.log.truncate(mark);
      this.#waiting.unshift(attempt);
      this.#post("isolate");
      return false;
    }
    this.log.releaseOverflow();
    return true;
  }
}

function notReplayable(): DatabaseError {
  return new DatabaseError(
    "NOT_REPLAYABLE",
    "Only a part of the transaction was to be rolled back, which replays the rest; but the callback has read a " +
      "value that random() or a clock function generated in an earlier write, which a replay would change, or has " +
      "written more than a redo log may hold. The whole transaction was rolled back. Compute such values in " +
      "JavaScript and bind them; split large work into several transactions.",
  );
}
