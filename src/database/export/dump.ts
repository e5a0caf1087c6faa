import type { DumpedRows, DumpOptions } from "../../admin-protocol.ts";
import { tokens } from "../../d1/sql-tokens.ts";
import { DatabaseError } from "../../errors.ts";
import { quoteIdentifier } from "../quote-identifier.ts";
import { rawRows } from "../raw-rows.ts";
import { toAsciiLowerCase } from "../sql-text.ts";
import { type DumpedSchema, type DumpedTable, readSchema } from "./schema.ts";
import { insertsOf } from "./table-rows.ts";

/**
 * Writes a database as SQL, piece by piece: executed in an empty database it makes an equal one. The state must not change
 * until the last piece was taken.
 *
 * In an order in which nothing is needed before it is there: tables, their rows, indexes, triggers, views and theirs, full-text indexes of
 * other tables' rows, sequences. Triggers come after the rows, so that they do not fire for them.
 *
 * @returns How many rows it has of each table.
 * @throws DatabaseError INVALID_ARGUMENT for a table that does not exist.
 */
export function* dump(sql: SqlStorage, options: DumpOptions): Generator<string, DumpedRows[]> {
  const schema = select(readSchema(sql), options.tables ?? []);
  const plain = schema.tables.filter(({ kind }) => kind === "rowid" || kind === "without-rowid");
  const virtual = schema.tables.filter((table) => !plain.includes(table));
  const withSchema = options.noSchema !== true;
  const withData = options.noData !== true;
  const rows: DumpedRows[] = [];
  const rowsOf = function* (tables: readonly DumpedTable[]) {
    for (const table of tables) rows.push({ name: table.name, rows: yield* insertsOf(sql, table) });
  };

  yield "PRAGMA defer_foreign_keys=TRUE;\n";
  if (withSchema) for (const { sql: text } of plain) yield asStatement(text);
  if (withData) yield* rowsOf(plain);
  // Later: a table whose name looks like one in which an index keeps its data cannot be written once the index is there.
  if (withSchema) for (const { sql: text } of virtual) yield asStatement(text);
  if (withData) yield* rowsOf(virtual.filter(({ content }) => content === "own"));
  if (withSchema) {
    const isOnView = ({ table }: { table: string }) => schema.views.some(({ name }) => isSame(name, table));
    const triggers = [
      ...schema.triggers.filter((trigger) => !isOnView(trigger)),
      ...schema.views,
      ...schema.triggers.filter(isOnView),
    ];
    for (const { sql: text } of [...schema.indexes, ...triggers]) yield asStatement(text);
  }
  for (const table of virtual) yield* fullTextIndex(sql, table, withSchema, withData);
  if (withData) yield* sequences(sql, plain);
  return rows;
}

/** What a full-text index has beside the rows of its own: its settings, and what it derives from other tables' rows. */
function* fullTextIndex(
  sql: SqlStorage,
  { name, kind, content }: DumpedTable,
  withSchema: boolean,
  withData: boolean,
): Generator<string> {
  if (kind !== "fts5") return;
  const table = quoteIdentifier(name);
  if (withSchema) {
    const settings = rawRows<[string, string]>(
      sql.exec(
        `SELECT k, quote(v) FROM ${quoteIdentifier(`${name}_config`)} WHERE k <> 'version' ORDER BY k`,
      ),
    );
    for (const [key, value] of settings)
      yield `INSERT INTO ${table} (${table}, rank) VALUES('${key}', ${value});\n`;
  }
  if (!withData) return;
  if (content === "external") yield `INSERT INTO ${table} (${table}) VALUES('rebuild');\n`;
  if (content === "none") {
    yield `-- The index ${table} keeps no rows (content=''), so that neither it nor its UNINDEXED values can be written as SQL.\n`;
  }
}

/** Where AUTOINCREMENT goes on: the highest rows may have been deleted. */
function* sequences(sql: SqlStorage, tables: readonly DumpedTable[]): Generator<string> {
  const [exists] = rawRows(sql.exec("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'"));
  if (exists === undefined) return;
  const values = new Map(
    rawRows<[string, string]>(sql.exec("SELECT name, quote(seq) FROM sqlite_sequence ORDER BY rowid")),
  );
  for (const { name, sql: text } of tables) {
    const value = values.get(name);
    // The rows have made an entry, also where there was none any more.
    if (value === undefined && !hasAutoincrement(text)) continue;
    const quoted = `'${name.replaceAll("'", "''")}'`;
    yield `DELETE FROM sqlite_sequence WHERE name = ${quoted};\n`;
    if (value !== undefined) yield `INSERT INTO sqlite_sequence (name, seq) VALUES(${quoted}, ${value});\n`;
  }
}

/** A reserved word, so that it is nobody's name; in a text or comment it is no word. */
function hasAutoincrement(sql: string): boolean {
  for (const { kind, start, end } of tokens(sql)) {
    if (kind === "word" && toAsciiLowerCase(sql.slice(start, end)) === "autoincrement") return true;
  }
  return false;
}

/** Ends the text of an object as a statement. It may end in a comment, which would take the semicolon in. */
function asStatement(sql: string): string {
  if (!/--|\/\*/.test(sql)) return `${sql};\n`;
  let last = "";
  for (const { start, end } of tokens(sql)) last = sql.slice(start, end);
  const isUnclosed = last.startsWith("/*") && (last.length < 4 || !last.endsWith("*/"));
  return `${sql}${isUnclosed ? "*/" : ""}\n;\n`;
}

/** The asked-for tables with what belongs to them; views only as asked for. */
function select(schema: DumpedSchema, names: readonly string[]): DumpedSchema {
  if (names.length === 0) return schema;
  const known = [...schema.tables, ...schema.views];
  const missing = names.filter((name) => !known.some((object) => isSame(object.name, name)));
  if (missing.length > 0) {
    throw new DatabaseError(
      "INVALID_ARGUMENT",
      `No such table: ${missing.join(", ")}. There are: ${known.map(({ name }) => name).join(", ") || "none"}.`,
    );
  }
  const isAskedFor = (name: string) => names.some((wanted) => isSame(wanted, name));
  return {
    tables: schema.tables.filter(({ name }) => isAskedFor(name)),
    indexes: schema.indexes.filter(({ table }) => isAskedFor(table)),
    views: schema.views.filter(({ name }) => isAskedFor(name)),
    triggers: schema.triggers.filter(({ table }) => isAskedFor(table)),
  };
}

function isSame(left: string, right: string): boolean {
  return toAsciiLowerCase(left) === toAsciiLowerCase(right);
}
