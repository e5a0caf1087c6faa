import { AsyncLocalStorage } from "node:async_hooks";
import { DatabaseError } from "../errors.ts";
import { defaultTransactionTimeoutMs } from "../limits.ts";
import { runInOpenTransaction } from "../open-transaction.ts";
import type { Engine } from "./engine.ts";
import { type BlockBounds, cancelled, TransactionFrame } from "./transaction-frame.ts";
import { TransactionJob } from "./transaction-job.ts";

/** Everything that one procedure call has open in the database: when the call ends, nothing of it is left. */
export class CallScope {
  readonly engine: Engine;
  readonly #databaseId: string;
  readonly #open = new Set<TransactionJob>();
  /** Autocommit statements under way: the call answers after them. */
  readonly #writing = new Set<Promise<unknown>>();
  #ended = false;

  constructor(engine: Engine, databaseId: string) {
    this.engine = engine;
    this.#databaseId = databaseId;
  }

  /** Runs an outermost transaction. Rejects with what made it fail. */
  async transaction<T>(body: (frame: TransactionFrame) => Promise<T> | T, bounds: BlockBounds): Promise<T> {
    this.assertOpen();
    // The callback runs in the asynchronous context of its caller, not in that of whoever runs the turn.
    const inCallersContext = AsyncLocalStorage.snapshot();
    const job: TransactionJob = new TransactionJob(
      this.engine,
      bounds.timeoutMs ?? defaultTransactionTimeoutMs,
      () => {
        const frame = new TransactionFrame(job, this.engine.runner, this);
        return inCallersContext(() =>
          runInOpenTransaction(this.#databaseId, () => frame.run(() => body(frame))),
        );
      },
    );
    const { signal } = bounds;
    const cancel = () => job.abort(cancelled(signal?.reason));
    if (signal?.aborted) throw cancelled(signal.reason);
    signal?.addEventListener("abort", cancel, { once: true });
    this.#open.add(job);
    try {
      this.engine.submit(job);
      return (await job.result) as T;
    } finally {
      this.#open.delete(job);
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** Lets the end of the call wait for an autocommit statement. */
  async autocommit<T>(run: () => Promise<T>): Promise<T> {
    this.assertOpen();
    const running = run();
    this.#writing.add(running);
    try {
      return await running;
    } finally {
      this.#writing.delete(running);
    }
  }

  /** Rolls back what is open, as a caller who has gone wants it. */
  cancel(reason: Error): void {
    this.#ended = true;
    for (const job of [...this.#open]) job.abort(reason);
  }

  /**
   * Ends the scope after its procedure.
   *
   * @throws DatabaseError TRANSACTION_LEFT_OPEN when a transaction was open. It was rolled back; to answer
   *   with success would tell the caller of rows that are not there.
   */
  async end(): Promise<void> {
    this.#ended = true;
    const open = [...this.#open];
    const leftOpen = open.filter((job) => job.abort(leftOpenError()));
    // One that could not be aborted any more is being committed: the answer must not overtake it.
    if (open.length > 0) await Promise.allSettled(open.map((job) => job.result));
    while (this.#writing.size > 0) await Promise.allSettled(this.#writing);
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

function leftOpenError(): DatabaseError {
  return new DatabaseError(
    "TRANSACTION_LEFT_OPEN",
    "The procedure returned while a transaction of it was open; the transaction was rolled back. Put `await` " +
      "before db.transaction(), and end what BEGIN or SAVEPOINT started with COMMIT, RELEASE or ROLLBACK.",
  );
}
