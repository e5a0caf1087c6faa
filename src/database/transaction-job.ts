import { DatabaseError } from "../errors.ts";
import { firstSliceMs, maxStatementsBetweenYields } from "../limits.ts";
import { TransactionMark } from "../open-transaction.ts";
import type { Engine } from "./engine.ts";
import type { Job, Outcome, Pause, TurnView } from "./job.ts";
import { RedoLog, type RedoMark } from "./redo-log.ts";
import { notReplayable } from "./transaction-errors.ts";
import { notNow, type Work } from "./transaction-work.ts";
import { WaitingOperations } from "./waiting-operations.ts";

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
  readonly log = new RedoLog({ isOfCallback: true });
  /** Closes with the outcome, and with it the marks of all blocks. */
  readonly mark: TransactionMark;
  /** Resolves to true when the job has the mutex, inside its first turn; to false when it ended before. */
  readonly started: Promise<boolean>;
  readonly result: Promise<unknown>;
  readonly suspendsForeignKeys = false;
  sliceMs = firstSliceMs;
  outcome: Outcome | undefined;
  readonly #engine: Engine;
  readonly #timeoutMs: number;
  #deadline = Number.POSITIVE_INFINITY;
  #turn: TurnView | undefined;
  #pause: Pause | undefined;
  #announce: ((pause: Pause) => void) | undefined;
  readonly #waiting = new WaitingOperations(() =>
    this.outcome === undefined ? undefined : this.closedError(),
  );
  readonly #undoing: (() => void)[] = [];
  #committing: Waiter | undefined;
  #failsAfterCommit: Error | undefined;
  #statementsInOneGo = 0;
  #abort: AbortController | undefined;
  #start!: (started: boolean) => void;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;

  constructor(engine: Engine, databaseId: string, timeoutMs: number) {
    this.#engine = engine;
    this.mark = new TransactionMark(databaseId);
    this.#timeoutMs = timeoutMs;
    this.started = new Promise((resolve) => {
      this.#start = resolve;
    });
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get wantsTurn(): boolean {
    if (this.outcome === undefined) return !this.#waiting.isEmpty;
    return this.outcome.ok && !this.log.isEmpty;
  }

  /** Never further away than it was at first: the clock may have been set back, and performance.now() here is the same one. */
  get deadline(): number {
    if (this.#deadline !== Number.POSITIVE_INFINITY) {
      this.#deadline = Math.min(this.#deadline, Date.now() + this.#timeoutMs);
    }
    return this.#deadline;
  }

  /** Aborts when the transaction fails from outside. Made on demand: most callbacks never ask for it. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.outcome?.ok === false) this.#abort.abort(this.outcome.error);
    return this.#abort.signal;
  }

  // What the turn does with the job.

  get pause(): Pause | undefined {
    return this.#pause;
  }

  resume(turn: TurnView): void {
    this.#turn = turn;
    this.#pause = undefined;
    this.#statementsInOneGo = 0;
    if (this.outcome !== undefined) {
      this.#pause = "finished";
      return;
    }
    if (this.#deadline === Number.POSITIVE_INFINITY) {
      this.#deadline = Date.now() + this.#timeoutMs;
      this.#start(true);
    }
    this.#undone();
    this.#waiting.attemptWhile(() => this.#isActive);
  }

  nextPause(): Promise<Pause> {
    return new Promise((resolve) => {
      this.#announce = resolve;
    });
  }

  detach(): void {
    this.#turn = undefined;
    this.#pause = undefined;
    this.#undone();
  }

  committed(): void {
    this.log.clear();
    this.#endCommit((commit) => commit.resolve());
  }

  commitRefused(error: Error): void {
    this.#endCommit((commit) => commit.reject(error));
  }

  #endCommit(end: (commit: Waiter) => void): void {
    if (this.#committing === undefined) return;
    end(this.#committing);
    this.#committing = undefined;
    if (this.#failsAfterCommit !== undefined) this.fail(this.#failsAfterCommit);
  }

  fail(error: Error): void {
    if (this.outcome?.ok === false) return;
    if (this.#committing !== undefined) {
      // What is being committed cannot be taken back: the failure is one of what comes after.
      this.#failsAfterCommit ??= error;
      return;
    }
    this.#finish({ ok: false, error });
    this.#start(false);
    this.#abort?.abort(error);
    this.#undone();
    this.#waiting.failAll();
  }

  settle(): void {
    if (this.outcome?.ok) {
      // Only commits can be left: without `await`, each has become the one at the end of the callback.
      this.#committing?.resolve();
      this.#waiting.resolveAll();
      this.#resolve(this.outcome.value);
    } else this.#reject(this.outcome?.error);
  }

  // What the callback does with the job.

  /** The callback has returned: commits. */
  succeed(value: unknown): void {
    if (this.outcome === undefined) this.#finish({ ok: true, value });
  }

  /**
   * Runs the work, if the database holds the transaction's state now; gives {@link notNow} otherwise.
   *
   * @throws What the work throws; TRANSACTION_CLOSED.
   */
  tryRun<T>(work: Work<T>): T | typeof notNow {
    if (this.outcome !== undefined) throw this.closedError();
    // What was issued before and waits comes first, also when it was not awaited.
    return this.#waiting.isEmpty ? this.#runNow(work) : notNow;
  }

  #runNow<T>(work: Work<T>): T | typeof notNow {
    if (!this.#canRun(work)) return notNow;
    const mark = this.log.mark();
    try {
      const result = work.run(this.log);
      return this.#isolates(mark) ? notNow : result;
    } catch (error) {
      // A failure too can tell of a value that a replay would change.
      if (this.#isolates(mark)) return notNow;
      throw error;
    }
  }

  /** Whether its log is now pinned among neighbours: it must be alone in its turn first, and works again there. */
  #isolates(mark: RedoMark): boolean {
    if (!this.log.isPinned) return false;
    if (this.#turn?.hasNeighbours) {
      this.log.repeatFrom(mark);
      this.#post("isolate");
      return true;
    }
    this.log.releaseOverflow();
    return false;
  }

  /** Runs the work as soon as a turn has brought the database to the transaction's state. */
  runLater<T>(work: Work<T>): Promise<T> {
    return this.#later<T>((resolve) => {
      const result = this.#runNow(work);
      if (result === notNow) return false;
      resolve(result);
      return true;
    });
  }

  /** Makes the log so far durable; the callback goes on. Rejects when a check refuses the commit. */
  commit(): Promise<void> {
    return this.#later<void>((resolve, reject) => {
      if (this.log.isEmpty) resolve();
      else if (!this.#isActive) return false;
      else {
        this.#committing = { resolve, reject };
        this.#post("commit");
      }
      return true;
    });
  }

  /** Does something that needs no database, after what was issued before. */
  inOrder(action: () => void): void {
    if (this.#waiting.isEmpty && !this.#isPaused) action();
    else {
      void this.#later<void>((resolve) => {
        if (this.#isPaused) return false;
        action();
        resolve();
        return true;
      }).catch(() => {}); // the transaction has ended: nobody will use what the action prepares
    }
  }

  /** Undoes what came after the mark, which is read when everything issued before has been done. */
  undo(markOf: () => RedoMark): Promise<void> {
    return this.#later<void>((resolve, reject) => {
      if (this.#isPaused) return false;
      const mark = markOf();
      if (this.log.mark().length === mark.length) resolve();
      else if (mark.length > 0 && !this.log.isReplayable) {
        const error = notReplayable();
        reject(error);
        this.fail(error);
      } else {
        this.log.truncate(mark);
        // Detached, the database holds nothing of this job: its shorter log is all there is.
        if (this.#turn === undefined) resolve();
        else {
          this.#undoing.push(resolve);
          this.#post("undo");
        }
      }
      return true;
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

  /** It has asked the turn for something, such as a commit, that has not been done yet. */
  get #isPaused(): boolean {
    return this.#turn !== undefined && this.#pause !== undefined;
  }

  #finish(outcome: Outcome): void {
    this.outcome = outcome;
    this.mark.close();
    if (this.#turn !== undefined) this.#post("finished");
    else this.#engine.wake();
  }

  #post(pause: Pause): void {
    this.#pause = pause;
    this.#announce?.(pause);
    this.#announce = undefined;
  }

  #undone(): void {
    for (const resolve of this.#undoing.splice(0)) resolve();
  }

  /** Attempts something now, unless something else waits already, or else at the next turns until it is done. */
  #later<T>(attempt: (resolve: (value: T) => void, reject: (error: unknown) => void) => boolean): Promise<T> {
    return this.#waiting.add(attempt, () => {
      if (this.#turn === undefined) this.#engine.wake();
    });
  }

  #canRun(work: Work<unknown>): boolean {
    if (this.#turn === undefined) {
      // Nothing written yet: the last committed state is the transaction's own, and nobody else may write.
      if (!this.log.isEmpty || this.#engine.physicalOpen || !work.onlyReads()) return false;
      // Such reads resolve in microtasks too: past the limit they go through a turn, which minds the deadline.
      return ++this.#statementsInOneGo <= maxStatementsBetweenYields;
    }
    if (this.#pause !== undefined) return false;
    if (++this.#statementsInOneGo <= maxStatementsBetweenYields) return true;
    this.#post("yield");
    return false;
  }
}
