import type { StatementRunner } from "../d1/prepared-statement.ts";
import { DatabaseError } from "../errors.ts";
import { maxNestingDepth } from "../limits.ts";
import { currentTransaction, runInOpenTransaction, TransactionMark } from "../open-transaction.ts";
import type { ExecResult, QueryResult, StatementMessage } from "../protocol.ts";
import type { RedoMark } from "./redo-log.ts";
import type { SqlRunner } from "./sql-runner.ts";
import { cancelled, notAwaited, timedOut, toError } from "./transaction-errors.ts";
import type { TransactionJob } from "./transaction-job.ts";
import { notNow, QueryWork, ScriptWork, type Work } from "./transaction-work.ts";

/** What may end a block from outside. */
export interface BlockBounds {
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
}

/** Who opened a transaction: one procedure call. */
export interface FrameOwner {
  readonly databaseId: string;
  readonly frames: Frames;
  /** The state that the last commit has left. */
  readonly bookmark: string;
}

/** The blocks of one procedure call, by the marks of their callbacks: a context must not lead to a block itself. */
export class Frames {
  #byMark: WeakMap<TransactionMark, TransactionFrame> | undefined;

  add(mark: TransactionMark, frame: TransactionFrame): void {
    this.#byMark ??= new WeakMap();
    this.#byMark.set(mark, frame);
  }

  /** The block of this call in whose callback the calling code runs, or was started; it may have closed. */
  get current(): TransactionFrame | undefined {
    const transaction = currentTransaction();
    return transaction === undefined ? undefined : this.#byMark?.get(transaction);
  }
}

const start: RedoMark = { length: 0, seen: 0, runs: 0 };

/**
 * One `db.transaction()` block: the outermost one, or one nested in it. It keeps the mark in the redo log
 * to which its failure cuts back, and its named savepoints.
 */
export class TransactionFrame implements StatementRunner {
  readonly job: TransactionJob;
  readonly runner: SqlRunner;
  /** The procedure call that opened it. */
  readonly owner: FrameOwner;
  readonly #parent: TransactionFrame | undefined;
  readonly #depth: number;
  readonly #context: TransactionMark;
  #mark = start;
  #savepoints: { name: string; mark: RedoMark }[] = [];
  /** Statements that were issued and have not told their result. */
  #pending = 0;
  /** Of a block that has bounds of its own. */
  #signal: AbortSignal | undefined;
  /** Resolves when the nested block that is open now has ended. */
  #child: Promise<void> | undefined;

  constructor(job: TransactionJob, runner: SqlRunner, owner: FrameOwner, parent?: TransactionFrame) {
    this.job = job;
    this.runner = runner;
    this.owner = owner;
    this.#parent = parent;
    this.#depth = parent === undefined ? 1 : parent.#depth + 1;
    this.#context = new TransactionMark(owner.databaseId, parent === undefined ? job.mark : parent.#context);
    owner.frames.add(this.#context, this);
    if (parent !== undefined) this.#markHere();
  }

  get isClosed(): boolean {
    return this.#context.isClosed;
  }

  /** Aborts when this block, or one around it, is ended from outside. */
  get signal(): AbortSignal {
    return this.#signal ?? this.#parent?.signal ?? this.job.signal;
  }

  isWithin(frame: TransactionFrame): boolean {
    return this === frame || (this.#parent?.isWithin(frame) ?? false);
  }

  query(statements: readonly StatementMessage[]): Promise<QueryResult[]> {
    return this.#statement(new QueryWork(this, statements));
  }

  exec(script: string): Promise<ExecResult> {
    return this.#statement(new ScriptWork(this, script));
  }

  /**
   * Runs the callback of this block.
   *
   * @throws What the callback threw, as an Error; STATEMENT_NOT_AWAITED when it left something running.
   */
  async run<T>(body: () => Promise<T> | T, bounds?: BlockBounds): Promise<T> {
    const watched =
      bounds?.signal === undefined && bounds?.timeoutMs === undefined ? undefined : watch(bounds);
    if (watched !== undefined) this.#signal = AbortSignal.any([this.signal, watched.signal]);
    try {
      const running = runInOpenTransaction(this.#context, body);
      const value = await (watched === undefined ? running : Promise.race([running, watched.failure]));
      if (this.#pending > 0 || this.#child !== undefined) throw notAwaited(this.#child !== undefined);
      return value;
    } catch (error) {
      throw toError(error);
    } finally {
      watched?.stop();
      this.#context.close();
    }
  }

  /** Runs a nested block; its failure undoes its own statements only. */
  async nest<T>(body: (frame: TransactionFrame) => Promise<T> | T, bounds: BlockBounds): Promise<T> {
    while (this.#child !== undefined) await this.#child;
    this.assertOpen();
    if (bounds.signal?.aborted) throw cancelled(bounds.signal.reason);
    if (this.#depth >= maxNestingDepth) {
      throw new DatabaseError("LIMIT_EXCEEDED", `Transactions nest to ${maxNestingDepth} levels at most.`);
    }
    const frame = new TransactionFrame(this.job, this.runner, this.owner, this);
    let ended = () => {};
    this.#child = new Promise((resolve) => {
      ended = resolve;
    });
    try {
      return await frame.run(() => body(frame), bounds);
    } catch (error) {
      // When this block has failed meanwhile, its own undo has covered the nested one; the mark means nothing now.
      if (!this.isClosed) await this.job.undo(() => frame.#mark);
      throw error;
    } finally {
      this.#child = undefined;
      ended();
    }
  }

  /** Commits; in a nested block, hands what it did so far to the enclosing one. */
  async commit(): Promise<void> {
    this.#assertNoChild("commit");
    if (this.#parent !== undefined) this.#markHere();
    // Not counted as pending: without `await` at the end of a callback it is what happens there anyway.
    else await this.job.commit();
    this.#savepoints = [];
  }

  /** Undoes what the block did since its last commit. */
  async rollback(): Promise<void> {
    this.#assertNoChild("rollback");
    this.#savepoints = [];
    await this.#counted(() => this.job.undo(() => this.#mark));
  }

  async savepoint(name: string): Promise<void> {
    this.#assertNoChild("SAVEPOINT");
    if (this.#savepoints.length >= maxNestingDepth) {
      throw new DatabaseError("LIMIT_EXCEEDED", `Savepoints nest to ${maxNestingDepth} levels at most.`);
    }
    const savepoint = { name, mark: start };
    this.#savepoints.push(savepoint);
    this.job.inOrder(() => {
      savepoint.mark = this.job.log.mark();
    });
  }

  /** Forgets the savepoint and those after it. @returns How many are left. */
  async release(name: string): Promise<number> {
    this.#assertNoChild("RELEASE");
    this.#savepoints.length = this.#indexOf(name);
    return this.#savepoints.length;
  }

  /** Undoes what came after the savepoint, which stays, as SQLite does. */
  async rollbackTo(name: string): Promise<void> {
    this.#assertNoChild("ROLLBACK TO");
    const index = this.#indexOf(name);
    this.#savepoints.length = index + 1;
    const savepoint = this.#savepoints[index]!;
    await this.#counted(() => this.job.undo(() => savepoint.mark));
  }

  #markHere(): void {
    this.job.inOrder(() => {
      this.#mark = this.job.log.mark();
    });
  }

  #indexOf(name: string): number {
    const index = this.#savepoints.findLastIndex((savepoint) => savepoint.name === name);
    if (index === -1) throw new DatabaseError("TRANSACTION_MISUSE", `no such savepoint: ${name}`);
    return index;
  }

  #statement<T>(work: Work<T>): Promise<T> {
    if (this.#child !== undefined || this.isClosed) return this.#statementLater(work);
    this.#pending++;
    let result: T | typeof notNow;
    try {
      result = this.job.tryRun(work);
    } catch (error) {
      return this.#tellFailure(error);
    }
    if (result !== notNow) return this.#tell(result);
    this.#pending--;
    return this.#statementLater(work);
  }

  async #statementLater<T>(work: Work<T>): Promise<T> {
    this.assertOpen();
    this.#pending++;
    try {
      // A failing nested block undoes everything after its mark: nothing else may write meanwhile.
      while (this.#child !== undefined) await this.#child;
      const result = this.job.tryRun(work);
      return result === notNow ? await this.job.runLater(work) : result;
    } finally {
      await this.#told();
    }
  }

  /** Counts the statement as pending until its caller can have seen the result. */
  async #counted<T>(start: () => Promise<T>): Promise<T> {
    this.assertOpen();
    this.#pending++;
    try {
      return await start();
    } finally {
      await this.#told();
    }
  }

  async #tell<T>(result: T): Promise<T> {
    await this.#told();
    return result;
  }

  async #tellFailure(error: unknown): Promise<never> {
    await this.#told();
    throw error;
  }

  /** The end of a callback that did not await a statement is noticed a microtask or two after its return. */
  async #told(): Promise<void> {
    await undefined;
    await undefined;
    this.#pending--;
  }

  /** @throws DatabaseError TRANSACTION_CLOSED */
  assertOpen(): void {
    if (this.isClosed) throw this.job.closedError();
  }

  #assertNoChild(verb: string): void {
    this.assertOpen();
    if (this.#child === undefined) return;
    throw new DatabaseError(
      "TRANSACTION_MISUSE",
      `${verb} of the outer transaction while a nested one is open. Use the txn of the nested callback, or wait for its end.`,
    );
  }
}

/**
 * Watches the bounds of a block.
 *
 * @returns A signal that aborts when one is reached, a promise that rejects then, and the way to stop watching.
 */
function watch({ signal, timeoutMs }: BlockBounds): {
  signal: AbortSignal;
  failure: Promise<never>;
  stop: () => void;
} {
  const ended = new AbortController();
  // The first of all listeners, so that a callback that waits with the signal does not settle before.
  const failure = new Promise<never>((_, reject) => {
    ended.signal.onabort = () => reject(ended.signal.reason);
  });
  const cancel = () => ended.abort(cancelled(signal?.reason));
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => ended.abort(timedOut()), timeoutMs);
  const stop = () => {
    signal?.removeEventListener("abort", cancel);
    clearTimeout(timer);
  };
  return { signal: ended.signal, failure, stop };
}
