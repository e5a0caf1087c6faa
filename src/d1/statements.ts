import { DatabaseError } from "../errors.ts";
import type { StatementSource } from "../procedures.ts";
import type { StatementMessage } from "../protocol.ts";
import { PreparedStatement, type StatementExecutor, toD1Result } from "./prepared-statement.ts";

/** D1's `prepare`, `batch` and `exec` on top of anything that runs statements. */
export class Statements implements StatementSource {
  readonly #executor: StatementExecutor;

  constructor(executor: StatementExecutor) {
    this.#executor = executor;
  }

  prepare(sql: string): D1PreparedStatement {
    return new PreparedStatement(this.#executor, sql);
  }

  async batch<T = unknown>(statements: D1PreparedStatement[]): Promise<D1Result<T>[]> {
    const results = await this.#executor.query(statements.map(messageAt));
    return results.map((result) => toD1Result<T>(result));
  }

  async exec(script: string): Promise<D1ExecResult> {
    return this.#executor.exec(script);
  }
}

function messageAt(statement: D1PreparedStatement, index: number): StatementMessage {
  const message = PreparedStatement.messageOf(statement);
  if (message !== undefined) return message;
  throw new DatabaseError(
    "INVALID_ARGUMENT",
    `batch(): entry ${index} is not a statement. Pass what prepare() or bind() returned, without run() or await.`,
  );
}
