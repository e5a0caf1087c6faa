import { type ExactValue, exactColumn, exactValue } from "../../database/export/literals.ts";
import type { RunSql } from "./run-sql.ts";
import type { TableShape } from "./table-shape.ts";

/** The key of a row, of values that lose nothing in JavaScript. */
export interface RowKey {
  /** The same for the same key. */
  readonly text: string;
  readonly values: readonly ExactValue[];
}

/** A row exactly as SQLite stores it. */
export interface StoredRow {
  readonly key: RowKey;
  readonly values: readonly ExactValue[];
}

/** A result has 100 columns at most; each column of a table takes two, its type and its value. */
const columnsPerResult = 40;
const keysPerStatement = 5_000;
const maxBoundParameters = 100;

/** Reads every row of a table. */
export function readAllRows(run: RunSql, shape: TableShape): StoredRow[] {
  return readWhere(run, shape, "", []);
}

/** Reads the rows with these keys, as many as there are. */
export function readRows(run: RunSql, shape: TableShape, keys: readonly RowKey[]): StoredRow[] {
  return conditionsFor(shape, keys).flatMap(({ where, params }) => readWhere(run, shape, where, params));
}

/** Deletes the rows with these keys, as many as there are. */
export function deleteRows(run: RunSql, shape: TableShape, keys: readonly RowKey[]): void {
  for (const { where, params } of conditionsFor(shape, keys))
    run(`DELETE FROM ${shape.table} ${where}`, ...params);
}

/** Inserts rows as they were, under the rowid that they had. */
export function insertRows(run: RunSql, shape: TableShape, rows: readonly StoredRow[]): void {
  const names = shape.key.kind === "rowid" ? [shape.key.alias, ...shape.columns] : [...shape.columns];
  for (const row of rows) {
    const values = shape.key.kind === "rowid" ? [...row.key.values, ...row.values] : row.values;
    const params: unknown[] = [];
    const placeholders = values.map((value, index) => {
      if (index >= values.length - maxBoundParameters) return bind(value, params);
      return value.type === "integer" ? value.digits : bind(value, params);
    });
    run(`INSERT INTO ${shape.table} (${names.join(", ")}) VALUES (${placeholders.join(", ")})`, ...params);
  }
}

/** What to select, and how to read it, so that a key comes out exactly. */
export function keyReader(shape: TableShape, of: (column: string) => string = (column) => column) {
  const columns = keyColumns(shape).map(of);
  return {
    expressions: columns.flatMap((column) => [`typeof(${column})`, exactColumn(column)]),
    read: (cells: readonly unknown[]): RowKey => rowKey(exactCells(cells, columns.length)),
  };
}

/** The key of a row of a rowid table, from the rowid as decimal text. */
export function rowidKey(digits: string): RowKey {
  return rowKey([{ type: "integer", digits }]);
}

/** The columns that make up the key; none for a table whose rows cannot be addressed. */
export function keyColumns({ key }: TableShape): readonly string[] {
  switch (key.kind) {
    case "rowid":
      return [key.alias];
    case "columns":
      return key.columns;
    case "none":
      return [];
  }
}

function readWhere(run: RunSql, shape: TableShape, where: string, params: readonly unknown[]): StoredRow[] {
  const key = keyReader(shape);
  const rows: { key: RowKey; values: ExactValue[] }[] = [];
  // At least once, for the keys. Every part gives the rows in the same order: nothing is written in between.
  for (let first = 0; first === 0 || first < shape.columns.length; first += columnsPerResult) {
    const columns = shape.columns.slice(first, first + columnsPerResult);
    const expressions = columns.flatMap((column) => [`typeof(${column})`, exactColumn(column)]);
    const select = [...(first === 0 ? key.expressions : []), ...expressions].join(", ");
    run(`SELECT ${select} FROM ${shape.table} ${where}`, ...params).forEach((cells, index) => {
      if (first === 0) rows.push({ key: key.read(cells), values: [] });
      rows[index]!.values.push(
        ...exactCells(first === 0 ? cells.slice(key.expressions.length) : cells, columns.length),
      );
    });
  }
  return rows;
}

function conditionsFor(shape: TableShape, keys: readonly RowKey[]): { where: string; params: unknown[] }[] {
  if (shape.key.kind === "rowid") {
    const { alias } = shape.key;
    const where = `WHERE ${alias} IN (SELECT CAST(value AS INTEGER) FROM json_each(?))`;
    const digits = keys.map(({ values: [value] }) => (value?.type === "integer" ? value.digits : "0"));
    return chunks(digits, keysPerStatement).map((chunk) => ({ where, params: [JSON.stringify(chunk)] }));
  }
  const columns = keyColumns(shape);
  return keys.map(({ values }) => {
    const params: unknown[] = [];
    const terms = columns.map((column, index) => `${column} IS ${bind(values[index]!, params)}`);
    return { where: `WHERE ${terms.join(" AND ")}`, params };
  });
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** The placeholder for a value, whose parameter is appended. */
function bind(value: ExactValue, params: unknown[]): string {
  switch (value.type) {
    case "null":
      return "NULL";
    case "integer":
      params.push(value.digits);
      return "CAST(? AS INTEGER)";
    case "real":
      params.push(value.value);
      return "?";
    case "text":
      params.push(value.bytes);
      return "CAST(? AS TEXT)";
    case "blob":
      params.push(value.bytes);
      return "?";
  }
}

function exactCells(cells: readonly unknown[], count: number): ExactValue[] {
  return Array.from({ length: count }, (_, index) => exactValue(cells[2 * index], cells[2 * index + 1]));
}

function rowKey(values: readonly ExactValue[]): RowKey {
  const [only] = values;
  const text =
    values.length === 1 && only?.type === "integer" ? only.digits : JSON.stringify(values.map(plain));
  return { text, values };
}

function plain(value: ExactValue): unknown {
  if (value.type === "text" || value.type === "blob")
    return [value.type, Buffer.from(value.bytes).toString("hex")];
  return value;
}
