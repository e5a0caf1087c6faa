import type { StatementExecutor } from "../d1/prepared-statement.ts";
import { Statements } from "../d1/statements.ts";
import { DatabaseError } from "../errors.ts";
import { maxTransactionTimeoutMs } from "../limits.ts";
import type { ProcedureDatabase, Transaction, TransactionOptions, TransactionResult } from "../procedures.ts";
import type { ExecResult, QueryResult, StatementMessage } from "../protocol.ts";
import type { CallScope } from "./call-scope.ts";
import { runScript } from "./script.ts";
import { controlInCallback, TextTransaction } from "./text-transaction.ts";
import {
  isTransactionControl,
  parseTransactionControl,
  type TransactionControl,
} from "./transaction-control.ts";
import { currentFrame, type TransactionFrame } from "./transaction-frame.ts";
import { WriteJob } from "./write-job.ts";

/** The `db` of one procedure call. */
export class ScopedDatabase extends Statements implements ProcedureDatabase {
  readonly #executor: ScopedExecutor;

  constructor(scope: CallScope) {
    const executor = new ScopedExecutor(scope);
    super(executor);
    this.#executor = executor;
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
      return await this.#executor.transaction((frame) => body(new TransactionHandle(frame)), options);
    } catch (error) {
      if (options.onError === "throw") throw error;
      return { error: error as Error } as TransactionResult<T>;
    }
  }
}

/** Sends each statement to the transaction that it belongs to, or to the queue. */
class ScopedExecutor implements StatementExecutor {
  readonly #scope: CallScope;
  readonly #text: TextTransaction;

  constructor(scope: CallScope) {
    this.#scope = scope;
    this.#text = new TextTransaction(scope);
  }

  async query(statements: StatementMessage[]): Promise<QueryResult[]> {
    const callback = this.#callbackFrame();
    const control = controlOf(statements);
    if (control !== undefined) {
      await (callback === undefined ? this.#text.run(control) : controlInCallback(callback, control));
      // BEGIN and its kin have no result; one statement that reads nothing gives its shape.
      return (callback ?? this.#text.frame ?? this.#autocommit()).query([
        { sql: "SELECT 1 WHERE 0", params: [] },
      ]);
    }
    if (this.#text.changing !== undefined) await this.#text.changing;
    return (callback ?? this.#text.frame ?? this.#autocommit()).query(statements);
  }

  async exec(script: string): Promise<ExecResult> {
    const callback = this.#callbackFrame();
    if (this.#text.changing !== undefined) await this.#text.changing;
    return (callback ?? this.#text.frame ?? this.#autocommit()).exec(script);
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
      ? this.#scope.transaction(body, { timeoutMs, signal })
      : frame.nest(body, { timeoutMs, signal });
  }

  /** The transaction in whose callback the calling code runs. */
  #callbackFrame(): TransactionFrame | undefined {
    this.#scope.assertOpen();
    const frame = currentFrame.getStore();
    if (frame === undefined || frame.owner === this.#scope) return frame;
    if (frame.isClosed) return undefined;
    throw new DatabaseError(
      "REENTRANT_CALL",
      "A transaction of one procedure call used the db of another call, which would wait for the mutex that it " +
        "holds. Use this.db of the instance whose method runs, and do not keep a db in a global.",
    );
  }

  #autocommit(): StatementExecutor {
    const { engine } = this.#scope;
    return {
      query: (statements) => this.#scope.autocommit(() => engine.query(statements)),
      exec: (script) =>
        this.#scope.autocommit(() => {
          const job = new WriteJob((log) => runScript(engine.runner, script, log).exec);
          engine.submit(job);
          return job.result;
        }),
    };
  }
}

/** What the callback of a transaction gets. */
class TransactionHandle extends Statements implements Transaction {
  readonly #frame: TransactionFrame;

  constructor(frame: TransactionFrame) {
    // In the callback of a nested block, the outer handle means the nested one, as on one SQL connection.
    const innermost = () => {
      const current = currentFrame.getStore();
      return current?.isWithin(frame) ? current : frame;
    };
    super({
      query: async (statements) => {
        const control = controlOf(statements);
        if (control === undefined) return innermost().query(statements);
        await controlInCallback(innermost(), control);
        return innermost().query([{ sql: "SELECT 1 WHERE 0", params: [] }]);
      },
      exec: (script) => innermost().exec(script),
    });
    this.#frame = frame;
  }

  get signal(): AbortSignal {
    return this.#frame.job.signal;
  }

  commit(): Promise<void> {
    return this.#frame.commit();
  }

  rollback(): Promise<void> {
    return this.#frame.rollback();
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
