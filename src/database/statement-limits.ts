import { DatabaseError } from "../errors.ts";
import { maxBoundParameters, maxStatementBytes, maxValueBytes } from "../limits.ts";
import type { SqlValue } from "../protocol.ts";

/** @throws DatabaseError LIMIT_EXCEEDED */
export function checkLength(sql: string): void {
  // A UTF-16 unit is at most three bytes of UTF-8, so that most texts need no encoding.
  if (sql.length * 3 <= maxStatementBytes) return;
  const bytes = utf8Length(sql);
  if (bytes <= maxStatementBytes) return;
  throw new DatabaseError(
    "LIMIT_EXCEEDED",
    `The statement has ${bytes} bytes; the limit is ${maxStatementBytes}.`,
  );
}

/** @throws DatabaseError LIMIT_EXCEEDED */
export function checkParameters(params: readonly SqlValue[]): void {
  if (params.length > maxBoundParameters) {
    throw new DatabaseError(
      "LIMIT_EXCEEDED",
      `The statement has ${params.length} bound parameters; the limit is ${maxBoundParameters}. ` +
        "Pass a list as one JSON parameter and read it with json_each(?).",
    );
  }
  for (let index = 0; index < params.length; index++) {
    const bytes = byteLength(params[index] ?? null);
    if (bytes <= maxValueBytes) continue;
    throw new DatabaseError(
      "LIMIT_EXCEEDED",
      `Parameter ${index + 1} has ${bytes} bytes; the limit is ${maxValueBytes}.`,
    );
  }
}

/** The bytes of a value as SQLite stores it; for a string that is short enough, an upper bound of them. */
export function byteLength(value: SqlValue): number {
  if (typeof value === "string") {
    return value.length * 3 <= maxValueBytes ? value.length * 3 : utf8Length(value);
  }
  return value instanceof ArrayBuffer ? value.byteLength : 8;
}

/** The bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  return text === "" ? 0 : new TextEncoder().encode(text).byteLength;
}
