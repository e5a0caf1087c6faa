import { DatabaseError } from "../errors.ts";
import { defaultTransactionTimeoutMs } from "../limits.ts";
import type { Engine } from "./engine.ts";
import { cancelled } from "./transaction-errors.ts";
import { type BlockBounds, type FrameOwner, Frames, TransactionFrame } from "./transaction-frame.ts";
import { TransactionJob } from "./transaction-job.ts";

/** Everything that one procedure call has open in the database: when the call ends, nothing of it is left. */
export class CallScope implements FrameOwner {
  readonly engine: Engine;
  readonly databaseId: string;
  readonly frames = new Frames();
  readonly #open = new Set<TransactionJob>();
  /** Autocommit statements under way: the call answers after them. */
  readonly #running = new Set<Promise<unknown>>();
  #ended = false;
  #cancelled: Error | undefined;

  constructor(engine: Engine, databaseId: string) {
    this.engine = engine;
    this.databaseId = databaseId;
  }

  get bookmark(): string {
    return this.engine.bookmark;
  }

  /** Runs an outermost transaction. Rejects with what made it fail. */
  async transaction<T>(body: (frame: TransactionFrame) => Promise<T> | T, bounds: BlockBounds): Promise<T> {
    this.assertOpen();
    const { signal, timeoutMs = defaultTransactionTimeoutMs } = bounds;
    if (signal?.aborted) throw cancelled(signal.reason);
    const job = new TransactionJob(this.engine, this.databaseId, timeoutMs);
    const stopWatching = signal === undefined ? undefined : abortWith(job, signal);
    this.#open.add(job);
    try {
      this.engine.submit(job);
      // Awaited here, so that the callback runs in the asynchronous context of its caller (AsyncLocalStorage),
      // not in that of whoever runs the turn.
      if (await job.started) {
        const frame = new TransactionFrame(job, this.engine.runner, this);
        // Not awaited: a callback that hangs on must not hold up the failure of its transaction.
        frame
          .run(() => body(frame))
          .then(
            (value) => job.succeed(value),
            (error: Error) => job.fail(error),
          );
      }
      return (await job.result) as T;
    } finally {
      this.#open.delete(job);
      stopWatching?.();
    }
  }

  /** Lets the end of the call wait for a statement outside any transaction. */
  async whileOpen<T>(running: Promise<T>): Promise<T> {
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** @throws Error The reason of the cancellation, when there was one. */
  readonly assertNotCancelled = (): void => {
    if (this.#cancelled !== undefined) throw this.#cancelled;
  };

  /** Rolls back what is open and drops what waits, as a caller who has gone wants it. */
  cancel(reason: Error): void {
    this.#ended = true;
    this.#cancelled = reason;
    for (const job of [...this.#open]) job.abort(reason);
  }

  /** Nothing is open and nothing under way. */
  get isIdle(): boolean {
    return this.#open.size === 0 && this.#running.size === 0;
  }

  /** From now on its db refuses everything. */
  close(): void {
    this.#ended = true;
  }

  /**
   * Ends the scope after its procedure.
   *
   * @throws DatabaseError TRANSACTION_LEFT_OPEN when a transaction was open. It was rolled back; to answer
   *   with success would tell the caller of rows that are not there.
   */
  async end(): Promise<void> {
    this.close();
    const open = [...this.#open];
    const leftOpen = open.filter((job) => job.abort(leftOpenError()));
    // One that could not be aborted any more is being committed: the answer must not overtake it.
    if (open.length > 0) await Promise.allSettled(open.map((job) => job.result));
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    if (leftOpen.length > 0) throw leftOpenError();
  }

  assertOpen(): void {
    if (!this.#ended) return;
    throw new DatabaseError(
      "PROCEDURE_ENDED",
      "The procedure call has ended, and its db with it. Await database work before the method returns, or pass " +
        "its promise to ctx.waitUntil().",
    );
  }
}

/** Aborts the job with the signal. Returns the way to stop watching. */
function abortWith(job: TransactionJob, signal: AbortSignal): () => void {
  const abort = () => job.abort(cancelled(signal.reason));
  signal.addEventListener("abort", abort, { once: true });
  return () => signal.removeEventListener("abort", abort);
}

function leftOpenError(): DatabaseError {
  return new DatabaseError(
    "TRANSACTION_LEFT_OPEN",
    "The procedure returned while a transaction of it was open; the transaction was rolled back. Put `await` " +
      "before db.transaction(), and end what BEGIN or SAVEPOINT started with COMMIT, RELEASE or ROLLBACK.",
  );
}
