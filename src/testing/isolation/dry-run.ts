import { quoteIdentifier } from "../../database/quote-identifier.ts";
import { andRollBack, type RawStorage, type RunSql } from "./run-sql.ts";
import { keyColumns, keyReader, type RowKey } from "./stored-rows.ts";
import type { TableShape } from "./table-shape.ts";

/** A row that a statement touches. */
export interface TouchedRow {
  readonly key: RowKey;
  /** Whether there is such a row before the statement runs. */
  readonly exists: boolean;
}

/** What a dry run has found. */
export interface DryRun {
  readonly touched: ReadonlyMap<TableShape, readonly TouchedRow[]>;
  /** What total_changes() will have grown by when the statement has really run. */
  readonly changes: number;
  /** What the dry run itself has added to total_changes(), which no rollback takes back. */
  readonly countedBeside: number;
}

const prefix = "d1-procedures test ";

/**
 * Runs a statement in a savepoint, with triggers that log the keys of the rows that it touches, and rolls everything back, triggers
 * included: the database and its schema are as before. Triggers fire for cascades, for other triggers' writes and for upserts.
 *
 * @returns undefined where it cannot tell: the triggers have made the statement fail.
 */
export function dryRun(
  storage: RawStorage,
  statement: { sql: string; params: readonly unknown[] },
  shapes: readonly TableShape[],
  { recursiveTriggers }: { recursiveTriggers: boolean },
): DryRun | undefined {
  const { run } = storage;
  const before = readCounters(run);
  const wasRecursive = recursiveTriggers && setRecursiveTriggers(run, true);
  try {
    return andRollBack(storage, () => {
      for (const [index, shape] of shapes.entries()) watch(run, shape, index);
      // A statement that fails may still leave rows behind, as ON CONFLICT FAIL does.
      const failure = attempt(() => run(statement.sql, ...statement.params));
      const after = readCounters(run);
      const touched = new Map(shapes.map((shape, index) => [shape, readLog(run, shape, index)]));
      const logged = [...touched.values()].reduce((sum, { entries }) => sum + entries, 0);
      const changes = after.total - before.total - logged;
      restoreCounters(run, before, after);
      // Ten triggers may fire inside each other; here there was one more.
      if (failure !== undefined && /too many levels of trigger recursion/.test(String(failure)))
        return undefined;
      const rows = new Map([...touched].map(([shape, log]) => [shape, log.rows]));
      return { touched: rows, changes, countedBeside: readCounters(run).total - before.total };
    });
  } finally {
    if (recursiveTriggers && !wasRecursive) setRecursiveTriggers(run, false);
  }
}

/** @returns What it was before. */
function setRecursiveTriggers(run: RunSql, on: boolean): boolean {
  const [[was] = [0]] = run<[number]>("PRAGMA recursive_triggers");
  run(`PRAGMA recursive_triggers = ${on ? "ON" : "OFF"}`);
  return was === 1;
}

function attempt(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error ?? new Error("it failed");
  }
  return undefined;
}

function watch(run: RunSql, shape: TableShape, index: number): void {
  const columns = keyColumns(shape);
  const log = logOf(index);
  // Without types: what is stored is what the row has.
  run(`CREATE TABLE ${log} (existed, ${columns.map((_, position) => `k${position}`).join(", ")})`);
  const entry = (existed: 0 | 1, row: "OLD" | "NEW") =>
    `(${[existed, ...columns.map((column) => `${row}.${column}`)].join(", ")})`;
  const trigger = (event: string, entries: string) =>
    run(
      `CREATE TRIGGER ${quoteIdentifier(`${prefix}${event} ${index}`)} AFTER ${event} ON ${shape.table} BEGIN INSERT INTO ${log} VALUES ${entries}; END`,
    );
  trigger("INSERT", entry(0, "NEW"));
  trigger("UPDATE", `${entry(1, "OLD")}, ${entry(0, "NEW")}`);
  trigger("DELETE", entry(1, "OLD"));
}

/** The first entry of a key tells whether there was such a row before. */
function readLog(run: RunSql, shape: TableShape, index: number): { rows: TouchedRow[]; entries: number } {
  const positions = new Map(keyColumns(shape).map((column, position) => [column, `k${position}`]));
  const key = keyReader(shape, (column) => positions.get(column)!);
  const entries = run(`SELECT existed, ${key.expressions.join(", ")} FROM ${logOf(index)} ORDER BY rowid`);
  const rows = new Map<string, TouchedRow>();
  for (const [existed, ...cells] of entries) {
    const read = key.read(cells);
    if (!rows.has(read.text)) rows.set(read.text, { key: read, exists: existed === 1 });
  }
  return { rows: [...rows.values()], entries: entries.length };
}

function logOf(index: number): string {
  return quoteIdentifier(`${prefix}log ${index}`);
}

interface Counters {
  total: number;
  changes: number;
  /** As decimal text: it may be beyond what a number holds. */
  lastRowId: string;
}

function readCounters(run: RunSql): Counters {
  const [[total, changes, lastRowId] = [0, 0, "0"]] = run<[number, number, string]>(
    "SELECT total_changes(), changes(), CAST(last_insert_rowid() AS TEXT)",
  );
  return { total, changes, lastRowId };
}

/** The statement itself, or one after it, may ask for changes() or last_insert_rowid(): no rollback takes them back. */
function restoreCounters(run: RunSql, before: Counters, after: Counters): void {
  if (after.lastRowId === before.lastRowId && after.changes === before.changes) return;
  const [rowid, counted] = [quoteIdentifier(`${prefix}rowid`), quoteIdentifier(`${prefix}counted`)];
  run(`CREATE TABLE ${counted} (n)`);
  run(
    `WITH RECURSIVE up(n) AS (SELECT 1 WHERE ?1 > 0 UNION ALL SELECT n + 1 FROM up WHERE n < ?1) INSERT INTO ${counted} SELECT n FROM up`,
    before.changes,
  );
  run(`CREATE TABLE ${rowid} (id INTEGER PRIMARY KEY)`);
  run(`INSERT INTO ${rowid} VALUES (CAST(? AS INTEGER))`, before.lastRowId);
  run(`DELETE FROM ${counted}`);
}
