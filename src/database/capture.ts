import { maxStatementBytes } from "../limits.ts";
import type { SqlValue } from "../protocol.ts";
import { quoteIdentifier } from "./quote-identifier.ts";
import { rawRows } from "./raw-rows.ts";
import type { Instruction } from "./statement-compiler.ts";

/**
 * How to write the row that an INSERT has just made into the redo log as the values it holds, so that a
 * replay makes the very same row although the statement called random() or read the clock.
 */
export interface Capture {
  /** Reads type and exact value of every stored column, and the rowid, of the row inserted last. */
  readonly select: string;
  /** The INSERT for these types; one placeholder a stored column, and one for the rowid. */
  insertOf(types: readonly string[]): string;
  readonly columnCount: number;
}

// Flags in p5 of the opcode Insert (sqliteInt.h).
const countsChange = 0x01;
const isUpdate = 0x04;
const setsLastRowid = 0x20;

/** To read a row back takes two result columns for each of its own, and one for the rowid: SQLite allows 100. */
const maxCapturedColumns = 49;

/** A lone surrogate in a name cannot be read from SQLite: JavaScript sees replacement characters. */
const canBeWritten = (name: string) => !name.includes("\ufffd");

/** SQLITE_CONSTRAINT_PRIMARYKEY and _ROWID: what stops an INSERT whose rowid is taken. */
const rowidConflicts: ReadonlySet<number> = new Set([1555, 2579]);

/**
 * Gives the root page of the table when a program can do nothing but insert rows into one rowid table;
 * undefined for everything else. An upsert or OR REPLACE touches other rows; a trigger would fire again on
 * the values that it has itself changed; a table WITHOUT ROWID has no rowid by which to find the row again.
 */
export function findPlainInsert(program: readonly Instruction[]): number | undefined {
  const inserts = program.filter(({ opcode, p5 }) => opcode === "Insert" && (p5 & countsChange) !== 0);
  const [insert] = inserts;
  if (inserts.length !== 1 || insert === undefined) return undefined;
  if ((insert.p5 & isUpdate) !== 0 || (insert.p5 & setsLastRowid) === 0) return undefined;
  if (program.some(({ opcode }) => doesMoreThanInsert.has(opcode))) return undefined;
  // The cursor that the row goes to was opened on the table's root page (p3 = 0: not in a temporary schema).
  return program.find(({ opcode, p1, p3 }) => opcode === "OpenWrite" && p1 === insert.p1 && p3 === 0)?.p2;
}

const doesMoreThanInsert: ReadonlySet<string> = new Set(["Delete", "IdxDelete", "Program", "VUpdate"]);

/** Whether a program only updates records of one rowid table, in one pass, and gives no rows. */
export function isPlainUpdate(program: readonly Instruction[]): boolean {
  const writes = program.filter(({ opcode }) => writingOpcodes.has(opcode));
  return writes.length === 1 && writes[0]!.opcode === "Insert" && writes[0]!.p5 === (countsChange | isUpdate);
}

const writingOpcodes: ReadonlySet<string> = new Set([
  ..."Insert IdxInsert Delete IdxDelete Program VUpdate OpenEphemeral ResultRow ParseSchema Destroy".split(
    " ",
  ),
]);

/** Gives the capture of plain inserts into the table with this root page, where its rows can be found again. */
export function findCapture(
  rootPage: number,
  program: readonly Instruction[],
  sql: SqlStorage,
): Capture | undefined {
  const [table] = rawRows<[string]>(
    sql.exec("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage = ?", rootPage),
  );
  // A table without indexes lets OR REPLACE overwrite a row with no sign of it but the missing check.
  const verb = program.some(({ opcode, p1 }) => opcode === "Halt" && rowidConflicts.has(p1))
    ? "INSERT"
    : "INSERT OR REPLACE";
  return table === undefined ? undefined : captureOf(table[0], verb, sql);
}

function captureOf(table: string, verb: string, sql: SqlStorage): Capture | undefined {
  // The statement, not the function of the same name: a user's table could stand in front of that.
  const all = rawRows<[cid: number, name: string, ...more: SqlStorageValue[], hidden: number]>(
    sql.exec(`PRAGMA table_xinfo(${quoteIdentifier(table)})`),
  ).map((column) => ({ name: column[1], hidden: column.at(-1) !== 0 }));
  const rowid = ["rowid", "_rowid_", "oid"].find(
    (alias) => !all.some(({ name }) => name.toLowerCase() === alias),
  );
  const columns = all.filter(({ hidden }) => !hidden).map(({ name }) => name);
  if (rowid === undefined || columns.length > maxCapturedColumns) return undefined;
  const names = columns.map(quoteIdentifier);
  if (![quoteIdentifier(table), ...names].every(canBeWritten)) return undefined;

  const reads = names.flatMap((name) => [`typeof(${name})`, exactly(name)]);
  const select = `SELECT CAST(${rowid} AS TEXT), ${reads.join(", ")} FROM ${quoteIdentifier(table)} WHERE ${rowid} = last_insert_rowid()`;
  // A UTF-16 unit is at most three bytes. The INSERT is the shorter one: it names each column once.
  if (select.length * 3 > maxStatementBytes) return undefined;
  return {
    columnCount: columns.length,
    select,
    insertOf: (types) =>
      `${verb} INTO ${quoteIdentifier(table)} (${[rowid, ...names].join(", ")}) VALUES (${[
        "CAST(? AS INTEGER)",
        ...types.map(placeholderFor),
      ].join(", ")})`,
  };
}

/**
 * An expression that leaves SQLite without loss: JavaScript numbers hold no 64-bit integer, and its strings
 * no text with invalid UTF-8.
 */
function exactly(name: string): string {
  return `CASE typeof(${name}) WHEN 'integer' THEN CAST(${name} AS TEXT) WHEN 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`;
}

/** The way back of {@link exactly}. */
function placeholderFor(type: string): string {
  if (type === "integer") return "CAST(? AS INTEGER)";
  return type === "text" ? "CAST(? AS TEXT)" : "?";
}

/** Reads the row inserted last; gives the statement that makes it again. */
export function captureRow(
  capture: Capture,
  sql: SqlStorage,
): { sql: string; params: SqlValue[] } | undefined {
  const [row] = rawRows<SqlValue[]>(sql.exec(capture.select));
  if (row === undefined) return undefined;
  const types: string[] = [];
  const params: SqlValue[] = [row[0] ?? null];
  for (let column = 0; column < capture.columnCount; column++) {
    types.push(row[1 + 2 * column] as string);
    params.push(row[2 + 2 * column] ?? null);
  }
  return { sql: capture.insertOf(types), params };
}
