import { toSqlValue } from "../d1/values.ts";
import { DatabaseError } from "../errors.ts";
import { maxBatchStatements, maxScriptBytes } from "../limits.ts";
import type { ProcedureCall, QueryRequest, StatementMessage } from "../protocol.ts";

/*
 * Whoever has the binding can send anything over RPC: nothing that reaches the engine is taken on trust. Each of these
 * throws DatabaseError INVALID_ARGUMENT or LIMIT_EXCEEDED.
 */

export function checkQueries(request: QueryRequest): StatementMessage[] {
  const queries = request?.queries;
  if (!Array.isArray(queries) || queries.length === 0)
    throw invalidArgument("query() expects { queries: [{ sql, params }] }");
  if (queries.length > maxBatchStatements) {
    throw new DatabaseError(
      "LIMIT_EXCEEDED",
      `A batch has at most ${maxBatchStatements} statements, not ${queries.length}.`,
    );
  }
  // Array.from, because map() skips the holes of an array.
  return Array.from(queries, (query) => {
    if (typeof query?.sql !== "string") throw invalidArgument("query(): sql must be a string");
    if (!Array.isArray(query.params)) throw invalidArgument("query(): params must be an array");
    const { sql, params, exactIntegers } = query;
    return { sql, params: Array.from(params, toSqlValue), ...(exactIntegers === true && { exactIntegers }) };
  });
}

export function checkScript(script: string): void {
  if (typeof script !== "string") throw invalidArgument("exec() expects a string");
  if (script.length <= maxScriptBytes) return;
  throw new DatabaseError(
    "LIMIT_EXCEEDED",
    `A script has at most ${maxScriptBytes} characters, not ${script.length}.`,
  );
}

export function checkCall(call: ProcedureCall): ProcedureCall {
  if (typeof call?.id !== "string" || typeof call.name !== "string" || !Array.isArray(call.args)) {
    throw invalidArgument("call() expects { id, name, args }");
  }
  return call;
}

export function invalidArgument(message: string): DatabaseError {
  return new DatabaseError("INVALID_ARGUMENT", `${message}.`);
}
