import { maxStatementBytes } from "../limits.ts";
import type { SqlValue } from "../protocol.ts";
import type { Instruction } from "./compiled-statement.ts";
import type { PlainWrite } from "./plain-writes.ts";
import { quoteIdentifier } from "./quote-identifier.ts";
import { rawRows } from "./raw-rows.ts";
import type { ResultMemory } from "./result-memory.ts";

/**
 * How to write the row that a statement has just made into the redo log as the values it holds, so that a
 * replay makes the very same row although the statement called random() or read the clock.
 */
export interface Capture {
  /**
   * The statement, giving the rowid of each row that it writes as one more column, the last; undefined for an INSERT, of whose row
   * last_insert_rowid() tells.
   */
  readonly returning: string | undefined;
  /** Reads type and exact value of every stored column, and the rowid, of the row inserted last, or of that with the rowid ?1. */
  readonly select: string;
  /** The statement that makes the row, for these types: a placeholder for the rowid, and one for each column. */
  statementFor(types: readonly string[]): string;
  readonly columnCount: number;
}

/** The statement that makes a row again. */
export interface CapturedWrite {
  sql: string;
  params: readonly SqlValue[];
}

/** To read a row back takes two result columns for each of its own, and one for the rowid: SQLite allows 100. */
const maxCapturedColumns = 49;

/** A lone surrogate in a name cannot be read from SQLite: JavaScript sees replacement characters. */
const canBeWritten = (name: string) => !name.includes("\ufffd");

/** SQLITE_CONSTRAINT_PRIMARYKEY and _ROWID: what stops an INSERT whose rowid is taken. */
const rowidConflicts: ReadonlySet<number> = new Set([1555, 2579]);

/** What is to be captured. */
export interface CaptureOrder {
  sql: string;
  write: PlainWrite;
  program: readonly Instruction[];
  returnsRows: boolean;
  /** Whether a text is a statement that SQLite compiles, and that writes the same. */
  writesTheSame(sql: string): boolean;
}

/** Gives the capture of a statement that writes one row, where it can be found again. */
export function findCapture(order: CaptureOrder, sql: SqlStorage): Capture | undefined {
  const [table] = rawRows<[string]>(
    sql.exec("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage = ?", order.write.rootPage),
  );
  if (table === undefined) return undefined;
  const row = storedRow(table[0], sql);
  return row === undefined ? undefined : captureOf(row, order);
}

/** A table as far as it takes to write one row of it: all names are quoted but that of the rowid. */
interface StoredRow {
  table: string;
  rowid: string;
  columns: string[];
  /** Those of them that are not another name of the rowid. */
  values: string[];
}

function storedRow(name: string, sql: SqlStorage): StoredRow | undefined {
  const table = quoteIdentifier(name);
  // The statement, not the function of the same name: a user's table could stand in front of that.
  const all = rawRows<
    [cid: number, name: string, type: string, number, SqlStorageValue, pk: number, hidden: number]
  >(sql.exec(`PRAGMA table_xinfo(${table})`));
  const stored = all.filter(([, , , , , , hidden]) => hidden === 0);
  const rowid = ["rowid", "_rowid_", "oid"].find(
    (alias) => !all.some(([, column]) => column.toLowerCase() === alias),
  );
  if (rowid === undefined || stored.length > maxCapturedColumns) return undefined;
  const alias = isRowidAlias(table, sql) ? all.find(([, , , , , pk]) => pk === 1)?.[1] : undefined;
  const columns = stored.map(([, column]) => quoteIdentifier(column));
  const values = stored.filter(([, column]) => column !== alias).map(([, column]) => quoteIdentifier(column));
  return [table, ...columns].every(canBeWritten) ? { table, rowid, columns, values } : undefined;
}

/** Whether a primary key of one column is the rowid under another name: then it has no index of its own. */
function isRowidAlias(table: string, sql: SqlStorage): boolean {
  const indices = rawRows<[number, string, number, origin: string]>(sql.exec(`PRAGMA index_list(${table})`));
  return indices.every(([, , , origin]) => origin !== "pk");
}

function captureOf(row: StoredRow, order: CaptureOrder): Capture | undefined {
  const { table, rowid } = row;
  const names = order.write.kind === "insert" ? row.columns : row.values;
  const reads = names.flatMap((name) => [`typeof(${name})`, exactly(name)]);
  const which = order.write.kind === "insert" ? "last_insert_rowid()" : "CAST(?1 AS INTEGER)";
  const select = `SELECT ${[`CAST(${rowid} AS TEXT)`, ...reads].join(", ")} FROM ${table} WHERE ${rowid} = ${which}`;
  // A UTF-16 unit is at most three bytes. What is made of it is shorter: it names each column once, or twice.
  if (names.length === 0 || select.length * 3 > maxStatementBytes) return undefined;
  const statementFor = maker(row, names, order);
  if (order.write.kind === "insert") {
    return { returning: undefined, columnCount: names.length, select, statementFor };
  }
  if (order.write.kind === "upsert" && !canRepeatUpsert(order)) return undefined;
  const returning = `${order.sql}${order.returnsRows ? "," : " RETURNING"} CAST(${rowid} AS TEXT)`;
  if (!order.writesTheSame(returning)) return undefined;
  return { returning, columnCount: names.length, select, statementFor };
}

/** Whether it leaves nothing but the row, to which an upsert by the rowid comes to the same. */
function canRepeatUpsert({ sql, program }: CaptureOrder): boolean {
  // REPLACE takes a row's place with no sign of it where there is no index, and then last_insert_rowid() is another.
  if (/replace/i.test(sql)) return false;
  // AUTOINCREMENT: the id that was drawn before the conflict is used up.
  return !program.some(({ opcode }) => opcode === "MemMax");
}

function maker(row: StoredRow, names: readonly string[], { write, program }: CaptureOrder) {
  const { table, rowid } = row;
  const valuesFor = (types: readonly string[]) => types.map((type, index) => placeholderFor(type, index + 2));
  const insert = (types: readonly string[]) =>
    `INTO ${table} (${[rowid, ...names].join(", ")}) VALUES (${["CAST(?1 AS INTEGER)", ...valuesFor(types)].join(", ")})`;
  switch (write.kind) {
    case "insert": {
      // A table without indexes lets OR REPLACE overwrite a row with no sign of it but the missing check.
      const mayReplace = !program.some(({ opcode, p1 }) => opcode === "Halt" && rowidConflicts.has(p1));
      return (types: readonly string[]) => `INSERT ${mayReplace ? "OR REPLACE " : ""}${insert(types)}`;
    }
    case "update":
      return (types: readonly string[]) => {
        const values = valuesFor(types);
        const assignments = names.map((name, index) => `${name} = ${values[index]}`);
        return `UPDATE ${table} SET ${assignments.join(", ")} WHERE ${rowid} = CAST(?1 AS INTEGER)`;
      };
    case "upsert": {
      const assignments = names.map((name) => `${name} = excluded.${name}`);
      return (types: readonly string[]) =>
        `INSERT ${insert(types)} ON CONFLICT DO UPDATE SET ${assignments.join(", ")}`;
    }
  }
}

/**
 * An expression that leaves SQLite without loss: JavaScript numbers hold no 64-bit integer, and its strings
 * no text with invalid UTF-8.
 */
function exactly(name: string): string {
  return `CASE typeof(${name}) WHEN 'integer' THEN CAST(${name} AS TEXT) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`;
}

/** The way back of {@link exactly}. */
function placeholderFor(type: string, index: number): string {
  if (type === "integer") return `CAST(?${index} AS INTEGER)`;
  return type === "text" ? `CAST(?${index} AS TEXT)` : `?${index}`;
}

/**
 * Reads the row that was written; gives the statement that makes it again.
 *
 * @param rowid As text, which is exact; undefined for the row inserted last.
 */
export function captureRow(
  capture: Capture,
  sql: SqlStorage,
  rowid: string | undefined,
): CapturedWrite | undefined {
  const [row] = rawRows<SqlValue[]>(sql.exec(capture.select, ...(rowid === undefined ? [] : [rowid])));
  if (row === undefined) return undefined;
  const types: string[] = [];
  const params: SqlValue[] = [row[0] ?? null];
  for (let column = 0; column < capture.columnCount; column++) {
    types.push(row[1 + 2 * column] as string);
    params.push(row[2 + 2 * column] ?? null);
  }
  return { sql: capture.statementFor(types), params };
}

/**
 * Reads what a statement with {@link Capture.returning} gives to its end, whatever number of rows that is.
 *
 * @param keepsRows Whether the statement gives rows itself.
 * @returns Those rows without the rowids, and the rowid if it has written one row.
 */
export function takeRowid(
  cursor: SqlStorageCursor<Record<string, SqlStorageValue>>,
  keepsRows: boolean,
  memory: ResultMemory,
): { rows: SqlValue[][]; rowid: string | undefined } {
  const rows: SqlValue[][] = [];
  let count = 0;
  let last: SqlValue | undefined;
  for (const row of cursor.raw<SqlValue[]>()) {
    last = row.pop();
    count++;
    if (keepsRows) memory.keep(row, rows);
  }
  memory.check();
  return { rows, rowid: count === 1 ? (last as string) : undefined };
}
