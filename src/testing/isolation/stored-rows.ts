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

/** Some rows of a table: what stands after FROM. */
export interface Selection {
  readonly from: string;
  readonly where: string;
  readonly params: readonly unknown[];
}

/** Reads every row of a table. */
export function readAllRows(run: RunSql, shape: TableShape): StoredRow[] {
  return readSelection(run, shape, { from: shape.table, where: "", params: [] });
}

/** Reads the rows with these keys, as many as there are. */
export function readRows(run: RunSql, shape: TableShape, keys: readonly RowKey[]): StoredRow[] {
  return conditionsFor(shape, keys).flatMap(({ where, params }) =>
    readSelection(run, shape, { from: shape.table, where, params }),
  );
}

/** Deletes the rows with these keys, as many as there are. */
export function deleteRows(run: RunSql, shape: TableShape, keys: readonly RowKey[]): void {
  for (const { where, params } of conditionsFor(shape, keys))
    run(`DELETE FROM ${shape.table} ${where}`, ...params);
}

/** Which of these keys have a row, as the texts of the keys. */
export function existingKeys(run: RunSql, shape: TableShape, keys: readonly RowKey[]): Set<string> {
  const { expressions, read } = keyReader(shape);
  return new Set(
    conditionsFor(shape, keys).flatMap(({ where, params }) =>
      run(`SELECT ${expressions.join(", ")} FROM ${shape.table} ${where}`, ...params).map(
        (cells) => read(cells).text,
      ),
    ),
  );
}

/** Inserts rows as they were, under the rowid that they had. */
export function insertRows(run: RunSql, shape: TableShape, rows: readonly StoredRow[]): void {
  const names = shape.key.kind === "rowid" ? [shape.key.alias, ...shape.columns] : [...shape.columns];
  for (const row of rows) {
    const params: unknown[] = [];
    const values = row.values.map((value) => bind(value, params));
    if (shape.key.kind === "rowid") values.unshift(keyOperand(row.key, params, "first"));
    run(`INSERT INTO ${shape.table} (${names.join(", ")}) VALUES (${values.join(", ")})`, ...params);
  }
}

/** Gives rows that are there the values that they had. Their keys are not written, so that nothing refers to another row by it. */
export function updateRows(run: RunSql, shape: TableShape, rows: readonly StoredRow[]): void {
  const fixed = new Set([shape.integerKey, ...keyColumns(shape)]);
  for (const row of rows) {
    const params: unknown[] = [];
    const changes = shape.columns.flatMap((column, index) =>
      fixed.has(column) ? [] : [`${column} = ${bind(row.values[index]!, params)}`],
    );
    if (changes.length === 0) continue;
    const terms = keyColumns(shape).map((column, index) =>
      shape.key.kind === "rowid"
        ? `${column} = ${keyOperand(row.key, params, "last")}`
        : `${column} IS ${bind(row.key.values[index]!, params)}`,
    );
    run(`UPDATE ${shape.table} SET ${changes.join(", ")} WHERE ${terms.join(" AND ")}`, ...params);
  }
}

/** A rowid: bound, so that the text stays the same, unless there are parameters enough already. */
function keyOperand({ values: [rowid] }: RowKey, params: unknown[], place: "first" | "last"): string {
  const digits = rowid?.type === "integer" ? rowid.digits : "NULL";
  if (params.length >= maxBoundParameters) return digits;
  if (place === "first") params.unshift(digits);
  else params.push(digits);
  return "CAST(? AS INTEGER)";
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

/** Reads some rows. */
export function readSelection(
  run: RunSql,
  shape: TableShape,
  { from, where, params }: Selection,
): StoredRow[] {
  const key = keyReader(shape);
  const rows: { key: RowKey; values: ExactValue[] }[] = [];
  // At least once, for the keys. Every part gives the rows in the same order: nothing is written in between.
  for (let first = 0; first === 0 || first < shape.columns.length; first += columnsPerResult) {
    const columns = shape.columns.slice(first, first + columnsPerResult);
    const expressions = columns.flatMap((column) => [`typeof(${column})`, exactColumn(column)]);
    const select = [...(first === 0 ? key.expressions : []), ...expressions].join(", ");
    run(`SELECT ${select} FROM ${from} ${where}`, ...params).forEach((cells, index) => {
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
