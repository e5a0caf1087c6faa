import { DatabaseError } from "../errors.ts";
import type { StatementMessage } from "../protocol.ts";
import { PreparedStatement, type StatementExecutor, toD1Result } from "./prepared-statement.ts";
import { toSqlValue } from "./values.ts";

/** D1's `batch()`: the statements in order, as one transaction. */
export async function runBatch<T>(
  executor: StatementExecutor,
  statements: D1PreparedStatement[],
): Promise<D1Result<T>[]> {
  if (!Array.isArray(statements)) throw new TypeError("batch() expects an array of statements.");
  // Array.from, because map() skips the holes of an array.
  const results = await executor.query(Array.from(statements, messageAt));
  return results.map((result) => toD1Result<T>(result));
}

/** A statement is what has a text and parameters: D1's own have them too, and a Proxy around one. */
function messageAt(entry: unknown, index: number): StatementMessage {
  if (entry instanceof PreparedStatement) return entry.message();
  const { statement: sql, params } = (entry ?? {}) as { statement?: unknown; params?: unknown };
  if (typeof sql === "string" && Array.isArray(params))
    return { sql, params: Array.from(params, toSqlValue) };
  throw new DatabaseError(
    "INVALID_ARGUMENT",
    `batch(): entry ${index} is not a statement. Pass what prepare() or bind() returned, without run() or await.`,
  );
}
