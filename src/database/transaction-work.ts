import type { ExecResult, QueryResult, StatementMessage } from "../protocol.ts";
import type { RedoLog } from "./redo-log.ts";
import { runScript } from "./script.ts";
import type { TransactionFrame } from "./transaction-frame.ts";

/** Synchronous work of a callback on the database. It may run more than once; only its last result counts. */
export interface Work<T> {
  run(log: RedoLog): T;
  /** Whether it writes nothing. Asked only when that spares a turn. */
  onlyReads(): boolean;
}

/** The answer of `TransactionJob.tryRun()` when the database does not hold the transaction's state. */
export const notNow = Symbol("not now");

/** Statements of a block. A block that has failed meanwhile must not run what waited for a turn. */
export class QueryWork implements Work<QueryResult[]> {
  readonly #frame: TransactionFrame;
  readonly #statements: readonly StatementMessage[];

  constructor(frame: TransactionFrame, statements: readonly StatementMessage[]) {
    this.#frame = frame;
    this.#statements = statements;
  }

  run(log: RedoLog): QueryResult[] {
    this.#frame.assertOpen();
    return this.#frame.runner.runAll(this.#statements, log);
  }

  onlyReads(): boolean {
    return this.#frame.runner.onlyReads(this.#statements);
  }
}

/** A script of a block. */
export class ScriptWork implements Work<ExecResult> {
  readonly #frame: TransactionFrame;
  readonly #script: string;

  constructor(frame: TransactionFrame, script: string) {
    this.#frame = frame;
    this.#script = script;
  }

  run(log: RedoLog): ExecResult {
    this.#frame.assertOpen();
    return runScript(this.#frame.runner, this.#script, log).exec;
  }

  onlyReads(): boolean {
    return false;
  }
}
