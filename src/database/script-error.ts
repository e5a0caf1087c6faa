import { D1Error, DatabaseError, messageOf } from "../errors.ts";

/** Characters of a statement that an error repeats. */
const maxQuotedCharacters = 1_000;

/** The failure of a statement of a script or file: names it and its line, and keeps the code of what went wrong. */
export function scriptError(line: number, sql: string, error: unknown): D1Error {
  const quoted = sql.length > maxQuotedCharacters ? `${sql.slice(0, maxQuotedCharacters)}...` : sql;
  const message = messageOf(error).replace(/^D1_ERROR: /, "");
  const code = error instanceof D1Error || error instanceof DatabaseError ? { code: error.code } : {};
  return new D1Error("D1_EXEC_ERROR", `Error in line ${line}: ${quoted}: ${message}`, code);
}
