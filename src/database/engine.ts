import { DatabaseError } from "../errors.ts";
import type { QueryResult, StatementMessage } from "../protocol.ts";
import { CommitClock } from "./commit-clock.ts";
import { dropStatements } from "./discard.ts";
import { ExclusiveJob } from "./exclusive-job.ts";
import { type ExclusiveTransactionOptions, runExclusiveTransaction } from "./exclusive-transaction.ts";
import { checkAllForeignKeys, suspendsForeignKeys } from "./foreign-key-enforcement.ts";
import type { Job } from "./job.ts";
import { JobQueue } from "./job-queue.ts";
import { rawRows } from "./raw-rows.ts";
import { RedoLog } from "./redo-log.ts";
import { isSyntaxError, readScript, runScript, type ScriptResult } from "./script.ts";
import { SqlRunner } from "./sql-runner.ts";
import { splitStatements } from "./sql-text.ts";
import { StatementCompiler } from "./statement-compiler.ts";
import type { PhysicalObserver } from "./turn.ts";
import type { WaitElsewhere } from "./wait-elsewhere.ts";
import { WriteJob } from "./write-job.ts";
import { WriteMutex } from "./write-mutex.ts";

/** Opens a physical transaction for an exclusive task, and commits it if the work succeeds. */
export type InTransaction = <T>(work: () => Promise<T>, options?: ExclusiveTransactionOptions) => Promise<T>;

/** What may still call off a write. If one of them throws, nothing is kept. */
export interface WriteGuards {
  /** When the write gets its turn: its caller may have gone. */
  before?: () => void;
  /** When it has its results: they may be of no use. */
  after?: (results: QueryResult[]) => void;
}

/** Options of {@link Engine.query}. */
export interface QueryOptions extends WriteGuards {
  /** Refuse what may write. */
  readOnly?: boolean;
}

/** Options of {@link Engine.runScript}. */
export interface ScriptRunOptions extends QueryOptions {
  /** Default: any number. */
  maxStatements?: number;
}

/** What an engine works with. */
export interface EngineParts {
  queue?: JobQueue;
  waitElsewhere?: WaitElsewhere | undefined;
}

/**
 * What runs statements outside any transaction: writes as jobs of the write mutex, reads at once, because
 * whenever an event can be delivered, no physical transaction is open.
 */
export class Engine implements PhysicalObserver {
  #runner: SqlRunner;
  readonly #clock: CommitClock;
  readonly #storage: DurableObjectStorage;
  readonly #mutex: WriteMutex;
  readonly waitElsewhere: WaitElsewhere | undefined;
  #physicalOpen = false;
  #readsAfterTurn: (() => void)[] = [];

  /** @param databaseId The id of the Durable Object. */
  constructor(
    storage: DurableObjectStorage,
    databaseId: string,
    { queue = new JobQueue(), waitElsewhere }: EngineParts = {},
  ) {
    this.waitElsewhere = waitElsewhere;
    this.#clock = new CommitClock(storage, databaseId);
    this.#storage = storage;
    this.#mutex = new WriteMutex(storage, this, queue);
    this.#runner = newRunner(storage);
  }

  get runner(): SqlRunner {
    return this.#runner;
  }

  /** The state that the last commit has left: greater than that of every commit before it. */
  get bookmark(): string {
    return this.#clock.bookmark;
  }

  /** Whether uncommitted rows may be visible to whoever asks SQLite now. */
  get physicalOpen(): boolean {
    return this.#physicalOpen;
  }

  /**
   * Runs statements outside any transaction: reads at once, anything else in its place in the queue.
   *
   * @param options The guards are asked for writes only.
   * @throws DatabaseError READ_ONLY
   */
  async query(
    statements: readonly StatementMessage[],
    { readOnly = false, ...guards }: QueryOptions = {},
  ): Promise<QueryResult[]> {
    if (readOnly ? this.#mustOnlyRead(statements) : this.#onlyReads(statements)) {
      return this.read(() => this.runner.runAll(statements, new RedoLog()));
    }
    return this.#write(
      statements.map(({ sql }) => sql),
      (log) => {
        guards.before?.();
        // With its meta at once: to ask for the database's size after the commit costs as much as the write itself.
        const results = this.runner.runAll(statements, log).map(({ meta, data }) => ({ meta, data }));
        guards.after?.(results);
        return results;
      },
    );
  }

  /**
   * Runs a script outside any transaction, all or nothing; one that only reads at once, like any read.
   *
   * @param options The guards are asked for writes only.
   * @throws DatabaseError READ_ONLY
   */
  async runScript(
    script: string,
    { readOnly = false, maxStatements = Number.POSITIVE_INFINITY, ...guards }: ScriptRunOptions = {},
  ): Promise<ScriptResult> {
    const statements = splitStatements(script);
    if (statements.length > maxStatements) {
      throw new DatabaseError(
        "LIMIT_EXCEEDED",
        `A script has at most ${maxStatements} statements, not ${statements.length}, where each of them gives its result. A larger one is a file to import.`,
      );
    }
    const messages = statements.map(({ sql }) => ({ sql, params: [] }));
    if (readOnly ? this.#mustOnlyRead(messages) : this.#onlyReadsNow(messages)) {
      try {
        return await this.read(() => readScript(this.runner, statements));
      } catch (error) {
        // What follows an EXPLAIN was not compiled: the script may be one of lines, and write on another of them.
        if (readOnly || !isSyntaxError(error)) throw error;
      }
    }
    return this.#write([script], (log) => {
      guards.before?.();
      const result = runScript(this.runner, script, log);
      guards.after?.(result.results);
      return result;
    });
  }

  #write<T>(texts: readonly string[], work: (log: RedoLog) => T): Promise<T> {
    const job = suspendsForeignKeys(texts)
      ? new WriteJob((log) => checked(this.#storage.sql, work(log)), { suspendsForeignKeys: true })
      : new WriteJob(work);
    this.submit(job);
    return job.result;
  }

  /** Runs synchronous work that only reads, on the last committed state. */
  read<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const run = () => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      };
      // Open only for code that runs in the same event as the turn: it must not see uncommitted rows.
      if (this.#physicalOpen) this.#readsAfterTurn.push(run);
      else run();
    });
  }

  /**
   * Runs a task that nothing else may write beside. Readers go on, but while it has a transaction open.
   *
   * @param task Is given what opens a transaction for it.
   * @throws DatabaseError OVERLOADED, QUEUE_TIMEOUT
   */
  exclusively<T>(
    task: (inTransaction: InTransaction) => Promise<T>,
    options?: { evenIfClosed?: boolean },
  ): Promise<T> {
    const inTransaction: InTransaction = (work, options) =>
      this.#mutex.withoutTimers(() =>
        runExclusiveTransaction(this.#storage, this.runner, this, work, options),
      );
    const job = new ExclusiveJob(() => task(inTransaction));
    this.#mutex.submit(job, options);
    return job.result;
  }

  /**
   * Erases everything that the object stores, and what is known of it here.
   *
   * @param then Done before anything else can be written.
   */
  erase(then?: () => Promise<void>): Promise<void> {
    const work = async () => {
      await this.#storage.deleteAll();
      this.#mutex.open();
      this.#clock.erased();
      this.#runner.compiler.clear();
      this.#runner = newRunner(this.#storage);
      await then?.();
    };
    return this.exclusively(work, { evenIfClosed: true });
  }

  /** See CommitClock.advancePast(). */
  advancePast(bookmark: string): void {
    this.#clock.advancePast(bookmark);
  }

  /** Queues a job for the write mutex. @throws DatabaseError OVERLOADED */
  submit(job: Job): void {
    this.#mutex.submit(job);
  }

  /** Drops all that is the user's, for good, when nothing writes any more. Table by table: a transaction has 30 s. */
  discard(): Promise<void> {
    const work = async (inTransaction: InTransaction) => {
      for (const drop of dropStatements(this.#storage.sql)) {
        const run = async () => void rawRows(this.#storage.sql.exec(drop));
        await inTransaction(run, { foreignKeys: "unchecked" });
      }
    };
    return this.exclusively(work, { evenIfClosed: true });
  }

  /** Lets nothing write any more: what waits fails, and what comes. */
  close(reason: Error): void {
    this.#mutex.close(reason);
  }

  /** Takes a job out of the queue. False: it has started. */
  withdraw(job: Job): boolean {
    return this.#mutex.withdraw(job);
  }

  /** To be called when the job that has the mutex can go on, or has finished. */
  wake(): void {
    this.#mutex.wake();
  }

  /**
   * Whether statements only read. One that does not compile counts as a write: a statement before it, here
   * or in the queue, may create what it needs, so it fails, or not, in its place.
   */
  #onlyReads(statements: readonly StatementMessage[]): boolean {
    try {
      return this.runner.onlyReads(statements);
    } catch (error) {
      if (statements.length > 1) return false;
      if (this.#mutex.isFree) throw error;
      return false;
    }
  }

  /** What does not compile may need what a statement before it creates, or a line end for a semicolon. */
  #onlyReadsNow(statements: readonly StatementMessage[]): boolean {
    try {
      return statements.length > 0 && this.runner.onlyReads(statements);
    } catch {
      return false;
    }
  }

  #mustOnlyRead(statements: readonly StatementMessage[]): true {
    if (this.runner.onlyReads(statements)) return true;
    throw new DatabaseError(
      "READ_ONLY",
      "The statement may write, and the request may only read. Nothing was done; writes need the full API token.",
    );
  }

  physicalStarted(): void {
    this.#physicalOpen = true;
    this.#clock.physicalStarted();
  }

  physicalEnded(committed: boolean): void {
    this.#physicalOpen = false;
    if (committed) this.#clock.committed();
    const reads = this.#readsAfterTurn;
    this.#readsAfterTurn = [];
    for (const read of reads) read();
  }
}

function newRunner(storage: DurableObjectStorage): SqlRunner {
  return new SqlRunner(storage, new StatementCompiler(storage.sql));
}

function checked<T>(sql: SqlStorage, value: T): T {
  checkAllForeignKeys(sql);
  return value;
}
