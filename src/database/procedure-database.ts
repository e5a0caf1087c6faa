import type { StatementExecutor, StatementRunner } from "../d1/prepared-statement.ts";
import type { SessionBookmark } from "../d1/session.ts";
import { Statements } from "../d1/statements.ts";
import { DatabaseError } from "../errors.ts";
import { maxTransactionTimeoutMs } from "../limits.ts";
import { openTransactionDatabaseId } from "../open-transaction.ts";
import type { ProcedureDatabase, Transaction, TransactionOptions, TransactionResult } from "../procedures.ts";
import type { ExecResult, QueryResult, StatementMessage } from "../protocol.ts";
import type { CallScope } from "./call-scope.ts";
import { type ProcedureExecutor, SessionExecutor } from "./session-executor.ts";
import { controlInCallback, TextTransaction } from "./text-transaction.ts";
import {
  isTransactionControl,
  parseTransactionControl,
  type TransactionControl,
} from "./transaction-control.ts";
import type { TransactionFrame } from "./transaction-frame.ts";

/** The `db` of one procedure call. */
export class ScopedDatabase extends Statements implements ProcedureDatabase {
  private readonly scoped: ScopedExecutor;
  private readonly exact: boolean;

  constructor(scope: CallScope, exactIntegers = false, scoped = new ScopedExecutor(scope)) {
    super(scoped, exactIntegers);
    this.scoped = scoped;
    this.exact = exactIntegers;
  }

  withExactIntegers(): ScopedDatabase {
    return new ScopedDatabase(this.scoped.scope, true, this.scoped);
  }

  transaction<T>(
    body: (txn: Transaction) => Promise<T> | T,
    options: TransactionOptions & { onError: "throw" },
  ): Promise<T>;
  transaction<T>(
    body: (txn: Transaction) => Promise<T> | T,
    options?: TransactionOptions,
  ): Promise<TransactionResult<T>>;
  async transaction<T>(
    body: (txn: Transaction) => Promise<T> | T,
    options: TransactionOptions = {},
  ): Promise<T | TransactionResult<T>> {
    checkOptions(body, options);
    try {
      const value = await this.scoped.transaction(
        (frame) => body(new TransactionHandle(frame, this.exact)),
        options,
      );
      // To take `{ error }` apart must not fail after a commit.
      if (value === undefined && options.onError !== "throw")
        return { error: undefined } as TransactionResult<T>;
      return value;
    } catch (error) {
      if (options.onError === "throw") throw error;
      return { error: error as Error } as TransactionResult<T>;
    }
  }
}

/** Sends each statement to the transaction that it belongs to, or to the queue. */
class ScopedExecutor implements ProcedureExecutor {
  readonly scope: CallScope;
  readonly #text: TextTransaction;
  readonly #autocommit: Autocommit;

  constructor(scope: CallScope) {
    this.scope = scope;
    this.#text = new TextTransaction(scope);
    this.#autocommit = new Autocommit(scope);
  }

  query(statements: StatementMessage[]): Promise<QueryResult[]> {
    const callback = this.#callbackFrame();
    const control = controlOf(statements);
    if (control !== undefined || this.#text.changing !== undefined) {
      return this.#queryInOrder(callback, control, statements);
    }
    return (callback ?? this.#text.frame ?? this.#autocommit).query(statements);
  }

  async #queryInOrder(
    callback: TransactionFrame | undefined,
    control: TransactionControl | undefined,
    statements: StatementMessage[],
  ): Promise<QueryResult[]> {
    if (control !== undefined) {
      await (callback === undefined ? this.#text.run(control) : controlInCallback(callback, control));
    }
    if (this.#text.changing !== undefined) await this.#text.changing;
    if (control !== undefined) return [this.scope.engine.runner.nothing()];
    return (callback ?? this.#text.frame ?? this.#autocommit).query(statements);
  }

  async exec(script: string): Promise<ExecResult> {
    const callback = this.#callbackFrame();
    if (this.#text.changing !== undefined) await this.#text.changing;
    return (callback ?? this.#text.frame ?? this.#autocommit).exec(script);
  }

  get bookmark(): string {
    return this.scope.bookmark;
  }

  inSession(session: SessionBookmark): StatementExecutor {
    return new SessionExecutor(this, session);
  }

  async transaction<T>(
    body: (frame: TransactionFrame) => Promise<T> | T,
    options: TransactionOptions,
  ): Promise<T> {
    const { timeoutMs, signal } = options;
    const callback = this.#callbackFrame();
    if (this.#text.changing !== undefined) await this.#text.changing;
    const frame = callback ?? this.#text.frame;
    return frame === undefined
      ? this.scope.transaction(body, { timeoutMs, signal })
      : frame.nest(body, { timeoutMs, signal });
  }

  /** The transaction in whose callback the calling code runs. */
  #callbackFrame(): TransactionFrame | undefined {
    this.scope.assertOpen();
    const frame = this.scope.frames.current;
    if (frame !== undefined || openTransactionDatabaseId() === undefined) return frame;
    throw new DatabaseError(
      "REENTRANT_CALL",
      "A transaction of one procedure call used the db of another call, which would wait for the mutex that it " +
        "holds. Use this.db of the instance whose method runs, and do not keep a db in a global.",
    );
  }
}

/** Statements outside any transaction. */
class Autocommit implements StatementRunner {
  readonly #scope: CallScope;

  constructor(scope: CallScope) {
    this.#scope = scope;
  }

  query(statements: StatementMessage[]): Promise<QueryResult[]> {
    return this.#scope.whileOpen(
      this.#scope.engine.query(statements, { before: this.#scope.assertNotCancelled }),
    );
  }

  exec(script: string): Promise<ExecResult> {
    const { engine, assertNotCancelled } = this.#scope;
    return this.#scope.whileOpen(
      engine.runScript(script, { before: assertNotCancelled }).then((result) => result.exec),
    );
  }
}

/** What the callback of a transaction gets. */
class TransactionHandle extends Statements implements Transaction {
  private readonly frame: TransactionFrame;

  constructor(frame: TransactionFrame, exactIntegers: boolean) {
    super(new HandleExecutor(frame), exactIntegers);
    this.frame = frame;
  }

  withExactIntegers(): TransactionHandle {
    return new TransactionHandle(this.frame, true);
  }

  get signal(): AbortSignal {
    return this.frame.signal;
  }

  commit(): Promise<void> {
    return this.frame.commit();
  }

  rollback(): Promise<void> {
    return this.frame.rollback();
  }
}

/** In the callback of a nested block the outer handle means the nested one, as on one SQL connection. */
class HandleExecutor implements ProcedureExecutor {
  readonly #frame: TransactionFrame;

  constructor(frame: TransactionFrame) {
    this.#frame = frame;
  }

  async query(statements: StatementMessage[]): Promise<QueryResult[]> {
    const frame = this.#innermost();
    const control = controlOf(statements);
    if (control === undefined) return frame.query(statements);
    await controlInCallback(frame, control);
    return [frame.runner.nothing()];
  }

  exec(script: string): Promise<ExecResult> {
    return this.#innermost().exec(script);
  }

  get bookmark(): string {
    return this.#frame.owner.bookmark;
  }

  inSession(session: SessionBookmark): StatementExecutor {
    return new SessionExecutor(this, session);
  }

  #innermost(): TransactionFrame {
    const { current } = this.#frame.owner.frames;
    return current?.isWithin(this.#frame) ? current : this.#frame;
  }
}

/** The control statement that a single statement is, looked at closely only when its start may be one. */
function controlOf(statements: readonly StatementMessage[]): TransactionControl | undefined {
  const sql = statements.length === 1 ? statements[0]!.sql : "";
  if (!/^\s*(?:[-/\ufeff]|BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)/i.test(sql)) return undefined;
  return isTransactionControl(sql) ? parseTransactionControl(sql) : undefined;
}

function checkOptions(body: unknown, { timeoutMs, signal, onError }: TransactionOptions): void {
  if (typeof body !== "function") throw invalid("expects a callback as its first argument");
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs <= maxTransactionTimeoutMs)) {
    throw invalid(`timeoutMs must be more than 0 and at most ${maxTransactionTimeoutMs}, not ${timeoutMs}`);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw invalid("signal must be an AbortSignal");
  if (onError !== undefined && onError !== "return" && onError !== "throw") {
    throw invalid(`onError must be "return" or "throw", not ${JSON.stringify(onError)}`);
  }
}

function invalid(what: string): DatabaseError {
  return new DatabaseError("INVALID_ARGUMENT", `db.transaction(): ${what}.`);
}
