import { DatabaseError } from "../../errors.ts";
import { classifyPragma } from "../pragmas.ts";
import { isTransactionControl } from "../transaction-control.ts";
import { StatementScanner } from "./statement-scanner.ts";

/** What the beginning of an SQL file asks for. */
export interface ImportPlan {
  /** It starts with PRAGMA foreign_keys=OFF, among other PRAGMAs and a BEGIN perhaps, as the dumps of sqlite3 do. */
  suspendForeignKeys: boolean;
  /** It starts with the comment `-- d1-procedures: import in parts`. */
  inParts: boolean;
}

const inPartsComment = /^\s*--[ \t]*d1-procedures:[ \t]*import in parts[ \t]*\r?(\n|$)/;

/**
 * Reads the plan of an import off the first bytes of the file.
 *
 * @throws DatabaseError STATEMENT_REFUSED for what is no SQL text.
 */
export function planImport(bytes: Uint8Array, whole: boolean): ImportPlan {
  const decoder = new TextDecoder("latin1");
  if (decoder.decode(bytes.subarray(0, 16)) === "SQLite format 3\0") {
    throw new DatabaseError(
      "STATEMENT_REFUSED",
      "The file is a SQLite database, not SQL text. Write it as SQL first: sqlite3 file.db .dump > dump.sql",
    );
  }
  const scanner = new StatementScanner();
  let suspendForeignKeys = false;
  for (let at = 0; ; ) {
    const statement = scanner.next(bytes, at, whole);
    if (typeof statement === "string") break;
    const sql = decoder.decode(bytes.subarray(statement.start, statement.end));
    const pragma = classifyPragma(sql);
    if (pragma === undefined && !isTransactionControl(sql)) break;
    if (pragma === "suspend-foreign-keys") suspendForeignKeys = true;
    at = statement.end + 1;
  }
  // Which drops a byte order mark, and minds no character that is cut.
  const beginning = new TextDecoder().decode(bytes.subarray(0, 200));
  const inParts = inPartsComment.test(beginning);
  return { suspendForeignKeys, inParts };
}
