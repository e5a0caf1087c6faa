import { tokens } from "../../d1/sql-tokens.ts";
import { rawRows } from "../raw-rows.ts";
import { toAsciiLowerCase } from "../sql-text.ts";

/** A table as a dump needs it. */
export interface DumpedTable {
  name: string;
  sql: string;
  kind: "rowid" | "without-rowid" | "fts5" | "other-virtual";
  /** The columns that can be written: not the generated ones. */
  columns: string[];
  /** All of them. */
  allColumns: string[];
  /** Of an FTS5 table: where its rows are kept. */
  content?: "own" | "external" | "none";
}

/** An index, a view or a trigger. */
export interface DumpedObject {
  type: string;
  name: string;
  table: string;
  sql: string;
}

/** What a dump describes, in the order in which it was created. */
export interface DumpedSchema {
  tables: DumpedTable[];
  indexes: DumpedObject[];
  views: DumpedObject[];
  triggers: DumpedObject[];
}

/** Tables of SQLite, of the runtime and of its local simulator are nobody's data. */
const internalName = /^(sqlite_|_cf_|__miniflare_do_name$)/i;

/** Reads the user's part of the schema. Columns are read for each table. */
export function readSchema(sql: SqlStorage): DumpedSchema {
  const objects = rawRows<[string, string, string, string | null]>(
    sql.exec("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid"),
  )
    .filter(([, name, table, text]) => text !== null && !internalName.test(name) && !internalName.test(table))
    .map(([type, name, table, text]) => ({ type, name, table, sql: text! }));
  const kinds = new Map(
    rawRows<[string, string, number]>(
      sql.exec("SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main'"),
    ).map(([name, type, withoutRowid]) => [name, { type, withoutRowid: withoutRowid === 1 }]),
  );
  const shadows = new Set(objects.flatMap((object) => (object.type === "table" ? shadowsOf(object) : [])));
  const tables = objects
    .filter(({ type, name }) => type === "table" && !shadows.has(toAsciiLowerCase(name)))
    .map((object) => describeTable(sql, object, kinds.get(object.name)?.withoutRowid === true));
  const ofType = (wanted: string) => objects.filter(({ type }) => type === wanted);
  return { tables, indexes: ofType("index"), views: ofType("view"), triggers: ofType("trigger") };
}

/**
 * The tables in which a virtual table keeps its data. Not as SQLite tells: it takes a table of the user for one when the name
 * fits, such as that of the rows which an index named `docs` is about, `docs_content`.
 */
function shadowsOf({ name, sql }: DumpedObject): string[] {
  const module = virtualTable(sql);
  if (module?.name !== "fts5") return [];
  const { options } = module;
  const suffixes = ["data", "idx", "config"];
  if (!options.has("content") || options.get("contentless_unindexed") === "1") suffixes.push("content");
  if (options.get("columnsize") !== "0") suffixes.push("docsize");
  return suffixes.map((suffix) => toAsciiLowerCase(`${name}_${suffix}`));
}

/** The number of the user's tables. */
export function countTables(sql: SqlStorage): number {
  return readSchema(sql).tables.length;
}

/** Of the visible columns `hidden` is 0, of the generated ones 2 or 3. A virtual table has hidden ones besides. */
function describeTable(sql: SqlStorage, object: DumpedObject, withoutRowid: boolean): DumpedTable {
  const { name } = object;
  const columns = rawRows<[string, number]>(
    sql.exec("SELECT name, hidden FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid", name),
  );
  const table = {
    name,
    sql: object.sql,
    columns: columns.filter(([, hidden]) => hidden === 0).map(([column]) => column),
    allColumns: columns.map(([column]) => column),
  };
  const module = virtualTable(object.sql);
  if (module === undefined) return { ...table, kind: withoutRowid ? "without-rowid" : "rowid" };
  if (module.name !== "fts5") return { ...table, kind: "other-virtual" };
  const content = module.options.get("content");
  return {
    ...table,
    kind: "fts5",
    content: content === undefined ? "own" : content === "" ? "none" : "external",
  };
}

/** The module and the options `key = value` of a CREATE VIRTUAL TABLE; undefined for any other statement. */
function virtualTable(sql: string): { name: string; options: Map<string, string> } | undefined {
  const words: string[] = [];
  for (const { kind, start, end } of tokens(sql)) if (kind !== "space") words.push(sql.slice(start, end));
  const using = words.findIndex((word) => toAsciiLowerCase(word) === "using");
  if (using === -1 || toAsciiLowerCase(words[1] ?? "") !== "virtual") return undefined;
  const options = new Map<string, string>();
  words.forEach((word, index) => {
    if (index > using && word === "=") {
      options.set(toAsciiLowerCase(words[index - 1]!), unquoted(words[index + 1] ?? ""));
    }
  });
  return { name: toAsciiLowerCase(unquoted(words[using + 1] ?? "")), options };
}

function unquoted(word: string): string {
  return /^(['"`[]).*['"`\]]$/s.test(word) ? word.slice(1, -1) : word;
}
