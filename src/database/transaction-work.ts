import type { ExecResult, QueryResult, StatementMessage } from "../protocol.ts";
import type { RedoLog } from "./redo-log.ts";
import { runScript } from "./script.ts";
import type { TransactionFrame } from "./transaction-frame.ts";
import type { Work } from "./transaction-job.ts";

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
