import { tokens } from "../../d1/sql-tokens.ts";
import { maxBoundParameters, maxStatementBytes } from "../../limits.ts";
import type { SqlValue, StatementMessage } from "../../protocol.ts";
import { utf8Length } from "../statement-limits.ts";

/** Characters of rows that stay in one statement. */
const groupCharacters = 8_000;

interface Literal {
  start: number;
  end: number;
  isBlob: boolean;
}

/**
 * Splits an INSERT that is longer than a statement may be into several, and binds what is long in a row: a value may
 * have 2 MB, a statement 100 KB.
 *
 * @param head The text before the rows.
 * @param rows The rows, values only.
 */
export function* splitLongInsert(head: string, rows: string): Generator<StatementMessage> {
  let depth = 0;
  let rowStart = 0;
  let literals: Literal[] = [];
  let previous = "";
  let group = "";
  for (const { kind, start, end } of tokens(rows)) {
    const text = kind === "other" && end - start > 1 ? rows[start]! : rows.slice(start, end);
    if (text === "(" && depth++ === 0) rowStart = start;
    if (text === "'" && depth > 0) {
      const isBlob = previous === "x" || previous === "X";
      literals.push({ start: isBlob ? start - 1 : start, end, isBlob });
    }
    if (text === ")" && --depth === 0) {
      const row = rows.slice(rowStart, end);
      if (group !== "" && group.length + row.length > groupCharacters) {
        yield { sql: head + group, params: [] };
        group = "";
      }
      if (row.length > groupCharacters) yield bindLongest(head, row, literals, rowStart);
      else group += group === "" ? row : `,${row}`;
      literals = [];
    }
    previous = text;
  }
  if (group !== "") yield { sql: head + group, params: [] };
}

function bindLongest(head: string, row: string, literals: Literal[], offset: number): StatementMessage {
  const bound: Literal[] = [];
  let bytes = utf8Length(head + row);
  for (const literal of literals.toSorted(
    (left, right) => right.end - right.start - (left.end - left.start),
  )) {
    if (bytes <= maxStatementBytes || bound.length === maxBoundParameters) break;
    bytes -= utf8Length(row.slice(literal.start - offset, literal.end - offset)) - 1;
    bound.push(literal);
  }
  bound.sort((left, right) => left.start - right.start);
  const params: SqlValue[] = [];
  let sql = head;
  let at = 0;
  for (const { start, end, isBlob } of bound) {
    const literal = row.slice(start - offset, end - offset);
    params.push(isBlob ? bytesOfHex(literal.slice(2, -1)) : literal.slice(1, -1).replaceAll("''", "'"));
    sql += `${row.slice(at, start - offset)}?`;
    at = end - offset;
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
