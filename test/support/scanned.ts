import { type ScannedStatement, StatementScanner } from "../../src/database/import/statement-scanner.ts";
import { splitStatements } from "../../src/database/sql-text.ts";

/** A statement as the scanner tells it: its text, and of a plain INSERT the head. */
export interface Found {
  sql: string;
  insertHead?: string;
}

const utf8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** Scans a file as the import does: in a window that starts at the first statement not found yet, and grows. */
export function scanInWindows(bytes: Uint8Array, windowBytes: number): ScannedStatement[] {
  const scanner = new StatementScanner();
  const found: ScannedStatement[] = [];
  let start = 0;
  for (let end = Math.min(windowBytes, bytes.length); ; end = Math.min(end + windowBytes, bytes.length)) {
    // A copy: what stands behind the window must not be read.
    const window = bytes.slice(start, end);
    const whole = end === bytes.length;
    for (let at = 0; ; ) {
      const statement = scanner.next(window, at, whole);
      if (typeof statement === "string") {
        if (statement === "nothing") at = window.length;
        start += at;
        break;
      }
      found.push({ ...statement, start: start + statement.start, end: start + statement.end });
      at = Math.min(statement.end + 1, window.length);
    }
    if (whole) return found;
  }
}

/** The statements of a text as the scanner finds them, without the blanks and comments at their ends. */
export function scan(text: string, windowBytes = Number.POSITIVE_INFINITY): Found[] {
  const bytes = new TextEncoder().encode(text);
  return scanInWindows(bytes, Math.min(windowBytes, bytes.length + 1)).map(({ start, end, insertHead }) => {
    const sql = withoutTail(utf8.decode(bytes.subarray(start, end)));
    return insertHead === undefined ? { sql } : { sql, insertHead };
  });
}

/** The scanner's statement goes on to its semicolon; splitStatements() leaves out what stands before that. */
function withoutTail(sql: string): string {
  return splitStatements(sql)
    .map((statement) => statement.sql)
    .join(" <<split>> ");
}
