import type { SqlValue } from "../../protocol.ts";
import { quoteIdentifier } from "../quote-identifier.ts";
import { rawRows } from "../raw-rows.ts";
import { exactColumn, exactLiteral, exactValue, isExact, literalExpression } from "./literals.ts";
import { atStart, type Place, RowOrder } from "./row-order.ts";
import type { DumpedTable } from "./schema.ts";

/** Characters of rows that share an INSERT: well below what a statement may have, at three bytes each. */
const maxInsertCharacters = 33_000;
/** What is aimed at, so that hardly a page has to be asked for twice. */
const aimedInsertCharacters = 27_000;

/** Rows that are asked for at once: the first time, and at most. */
const firstPageRows = 16;
const maxPageRows = 1_000;

/** Rows that are read one by one when one of a page needs it. */
const exactPageRows = 16;

interface Page {
  /** The rows as literals in parentheses, with commas between them. */
  text: string;
  rows: number;
}

/**
 * Writes the rows of a table as INSERTs, in their order on disk. SQLite itself makes the literals, a page at a time; what it
 * cannot write exactly is read value by value.
 *
 * @returns How many rows there are.
 */
export function* insertsOf(sql: SqlStorage, table: DumpedTable): Generator<string, number> {
  const rows = new TableRows(sql, table);
  let place = atStart;
  let limit = firstPageRows;
  let written = 0;
  for (;;) {
    const page = rows.page(place, limit) ?? rows.exactPage(place, Math.min(limit, exactPageRows));
    if (page === "too long") {
      limit = Math.floor(limit / 2);
      continue;
    }
    if (page.rows === 0) return written;
    written += page.rows;
    yield `${rows.head}\n${page.text};\n`;
    place = rows.advance(place, page.rows);
    const fitting = Math.floor((aimedInsertCharacters * page.rows) / page.text.length);
    limit = Math.max(1, Math.min(maxPageRows, page.rows * 4, fitting));
  }
}

class TableRows {
  /** The beginning of every INSERT. */
  readonly head: string;
  readonly #sql: SqlStorage;
  readonly #order: RowOrder;
  readonly #columns: readonly string[];
  readonly #literals: string;
  readonly #literalsForLineEnds: string;
  /** A name for what is read of the table: longer than the table's own, and no name of a column. */
  readonly #page: string;

  constructor(sql: SqlStorage, table: DumpedTable) {
    const columns = table.columns.map(quoteIdentifier);
    this.#sql = sql;
    // Others refer to the rows of a full-text index by their rowid: only there it is more than a place on disk.
    this.#columns = table.kind === "fts5" ? ["rowid", ...columns] : columns;
    this.#order =
      table.kind === "without-rowid"
        ? RowOrder.ofPrimaryKey(sql, table.name)
        : RowOrder.ofRowid(sql, table.name, table.allColumns);
    // A concatenation of 100 columns with || would be an expression too deep for SQLite.
    const rowOf = (literals: string[]) => `'('||concat_ws(',', ${literals.join(", ")})||')'`;
    this.#literals = rowOf(this.#columns.map((column) => literalExpression(column, "as they are")));
    this.#literalsForLineEnds = rowOf(this.#columns.map((column) => literalExpression(column, "as bytes")));
    this.#page = quoteIdentifier(`page of ${table.name}`);
    this.head = `INSERT INTO ${quoteIdentifier(table.name)} (${this.#columns.join(",")}) VALUES`;
  }

  advance(place: Place, rows: number): Place {
    return this.#order.advance(place, rows);
  }

  /** The next rows, all in one text; undefined if one of them must be read value by value. */
  page(after: Place, limit: number, literals = this.#literals): Page | "too long" | undefined {
    const { sql, params } = this.#order.select(literals, after, limit);
    try {
      // SQLite refuses to make a text of megabytes, so that no more comes into memory, however long the rows are.
      const grouped = `WITH ${this.#page}(row) AS (${sql}) SELECT coalesce(group_concat(row, ',\n'), ''), count(*) FROM ${this.#page}`;
      const [[text, rows] = ["", 0]] = rawRows<[string, number]>(this.#sql.exec(grouped, ...params));
      if (literals === this.#literals && text.includes("\r\n")) {
        return this.page(after, limit, this.#literalsForLineEnds);
      }
      if (rows > 1 && text.length > maxInsertCharacters) return "too long";
      return isExact(text) ? { text, rows } : undefined;
    } catch (error) {
      if (isTooBig(error)) return limit > 1 ? "too long" : undefined;
      throw error;
    }
  }

  /** The next rows, each value read exactly. */
  exactPage(after: Place, limit: number): Page {
    const rows: string[] = [];
    let characters = 0;
    let place = after;
    while (rows.length < limit && characters < aimedInsertCharacters) {
      const types = this.#read(
        this.#columns.map((column) => `typeof(${column})`),
        place,
      );
      if (types === undefined) break;
      const values = this.#read(this.#columns.map(exactColumn), place)!;
      const literals = types.map((type, index) =>
        exactLiteral(exactValue(type, values[index]), (literal) => this.#readReal(literal)),
      );
      const row = `(${literals.join(",")})`;
      characters += row.length;
      rows.push(row);
      place = this.advance(place, 1);
    }
    return { text: rows.join(",\n"), rows: rows.length };
  }

  /** The next row. Types and values apart, because a result has 100 columns at most. */
  #read(expressions: readonly string[], after: Place): SqlValue[] | undefined {
    const { sql, params } = this.#order.select(expressions.join(", "), after, 1);
    return rawRows<SqlValue[]>(this.#sql.exec(sql, ...params))[0];
  }

  #readReal(literal: string): number {
    return rawRows<[number]>(this.#sql.exec(`SELECT ${literal}`))[0]![0];
  }
}

/** A blob in hexadecimal is twice as long, and longer than SQLite lets a text be. */
function isTooBig(error: unknown): boolean {
  return error instanceof Error && error.message.endsWith("SQLITE_TOOBIG");
}
