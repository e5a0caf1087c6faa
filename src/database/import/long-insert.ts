import { tokens } from "../../d1/sql-tokens.ts";
import { D1Error } from "../../errors.ts";
import { maxBoundParameters, maxStatementBytes } from "../../limits.ts";
import type { SqlValue, StatementMessage } from "../../protocol.ts";
import { utf8Length } from "../statement-limits.ts";

/** Characters of rows that stay in one statement. */
const groupCharacters = 8_000;

/** A text or a blob in a row. */
interface Literal {
  start: number;
  end: number;
  isBlob: boolean;
}

/**
 * Splits an INSERT that is longer than a statement may be into several, and binds what is long in a row: a value may have 2 MB, a statement
 * 100 KB.
 *
 * @param head The text before the rows.
 * @param rows The rows, values only.
 * @throws D1Error SQLite's own for what is no list of rows.
 */
export function* splitLongInsert(head: string, rows: string): Generator<StatementMessage> {
  let group = "";
  for (const { text, literals } of rowsOf(rows)) {
    if (group !== "" && group.length + text.length > groupCharacters) {
      yield { sql: head + group, params: [] };
      group = "";
    }
    if (text.length > groupCharacters) yield bindLongest(head, text, literals);
    else group += group === "" ? text : `,${text}`;
  }
  if (group !== "") yield { sql: head + group, params: [] };
}

/** Rows in parentheses with one comma between them. */
function* rowsOf(rows: string): Generator<{ text: string; literals: Literal[] }> {
  let depth = 0;
  let rowStart = 0;
  let literals: Literal[] = [];
  let previous = "";
  /** What may come next outside of a row. */
  let expected = "(";
  for (const { kind, start, end } of tokens(rows)) {
    const token = kind === "other" && end - start > 1 ? rows[start]! : rows.slice(start, end);
    if (depth === 0 && kind !== "space") {
      if (token !== expected) throw syntaxError(rows.slice(start, end));
      if (token === "(") rowStart = start;
      else expected = "(";
    }
    if (token === "(") depth++;
    if (token === "'") {
      const isBlob = previous === "x" || previous === "X";
      literals.push({ start: start - rowStart - (isBlob ? 1 : 0), end: end - rowStart, isBlob });
    }
    if (token === ")" && --depth === 0) {
      yield { text: rows.slice(rowStart, end), literals };
      literals = [];
      expected = ",";
    }
    previous = token;
  }
  if (depth !== 0 || expected === "(") throw new D1Error("D1_ERROR", "incomplete input: SQLITE_ERROR");
}

function syntaxError(token: string): D1Error {
  return new D1Error("D1_ERROR", `near "${token.slice(0, 40)}": syntax error: SQLITE_ERROR`);
}

function bindLongest(head: string, row: string, literals: Literal[]): StatementMessage {
  const bound: Literal[] = [];
  let bytes = utf8Length(head + row);
  for (const literal of literals.toSorted(
    (left, right) => right.end - right.start - (left.end - left.start),
  )) {
    if (bytes <= maxStatementBytes || bound.length === maxBoundParameters) break;
    bytes -= utf8Length(row.slice(literal.start, literal.end)) - 1;
    bound.push(literal);
  }
  bound.sort((left, right) => left.start - right.start);
  const params: SqlValue[] = [];
  let sql = head;
  let at = 0;
  for (const { start, end, isBlob } of bound) {
    const literal = row.slice(start, end);
    params.push(isBlob ? bytesOfHex(literal.slice(2, -1)) : literal.slice(1, -1).replaceAll("''", "'"));
    sql += `${row.slice(at, start)}?`;
    at = end;
  }
  return { sql: sql + row.slice(at), params };
}

function bytesOfHex(hex: string): ArrayBuffer {
  const bytes = Buffer.from(hex, "hex");
  // Anything but pairs of hexadecimal digits ends the decoding: for SQLite it is no literal at all.
  if (bytes.length * 2 !== hex.length)
    throw new SyntaxError(`unrecognized token: "X'${hex.slice(0, 40)}..."`);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}
