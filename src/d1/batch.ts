import { DatabaseError } from "../errors.ts";
import type { StatementMessage } from "../protocol.ts";
import { PreparedStatement, type StatementExecutor, toD1Result } from "./prepared-statement.ts";

/** D1's `batch()`: the statements in order, as one transaction. */
export async function runBatch<T>(
  executor: StatementExecutor,
  statements: D1PreparedStatement[],
): Promise<D1Result<T>[]> {
  const results = await executor.query(statements.map(messageAt));
  return results.map((result) => toD1Result<T>(result));
}

function messageAt(statement: D1PreparedStatement, index: number): StatementMessage {
  const message = PreparedStatement.messageOf(statement);
  if (message !== undefined) return message;
  throw new DatabaseError(
    "INVALID_ARGUMENT",
    `batch(): entry ${index} is not a statement. Pass what prepare() or bind() returned, without run() or await.`,
  );
}
