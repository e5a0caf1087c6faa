import { DatabaseError } from "../errors.ts";
import type { ResultValue, SqlValue } from "../protocol.ts";
import type { CompiledStatement } from "./compiled-statement.ts";
import { rawRows } from "./raw-rows.ts";
import { headOf } from "./sql-text.ts";

const queryVerbs: ReadonlySet<string> = new Set(["SELECT", "VALUES", "WITH"]);

/** Each takes two result columns in the second run, and SQLite allows 100. */
const maxExactColumns = 50;

/**
 * Puts a BigInt where a result holds an integer beyond 2^53: the runtime gives every integer as a double. Only
 * a result that has such numbers is asked for a second time, those columns as text.
 *
 * @param rows The result as the runtime gave it; changed in place.
 * @throws DatabaseError NOT_EXACT where a second run would change something or give something else.
 */
export function makeRowsExact(
  rows: ResultValue[][],
  compiled: CompiledStatement,
  params: readonly SqlValue[],
  sql: SqlStorage,
): void {
  const columns = inexactColumns(rows);
  if (columns.length === 0) return;
  if (compiled.writes) throw notExact("it writes, and can not be asked twice");
  if (!queryVerbs.has(headOf(compiled.sql, 1)[0] ?? "")) throw notExact("it is no SELECT");
  if (!compiled.deterministic) throw notExact("it calls a function that gives another value each time");
  if (columns.length > maxExactColumns)
    throw notExact(`more than ${maxExactColumns} of its columns hold such integers`);
  const exact = rawRows<SqlValue[]>(sql.exec(exactSelect(compiled.sql, rows[0]!.length, columns), ...params));
  if (exact.length !== rows.length) throw notExact("a second run gave another number of rows");
  for (const [index, row] of exact.entries()) {
    for (const [position, column] of columns.entries()) {
      const [type, text] = [row[2 * position], row[2 * position + 1]];
      if (type !== "integer" || !isInexact(rows[index]![column])) continue;
      const integer = BigInt(text as string);
      if (Number(integer) !== rows[index]![column]) throw notExact("a second run gave other rows");
      rows[index]![column] = integer;
    }
  }
}

/** MATERIALIZED: the statement runs once, as it is, and its rows are read in their order. */
function exactSelect(sql: string, width: number, columns: readonly number[]): string {
  const names = Array.from({ length: width }, (_, column) => `c${column}`);
  const exact = columns.map((column) => `typeof(c${column}), CAST(c${column} AS TEXT)`);
  let name = "exact";
  while (sql.toLowerCase().includes(name)) name += "_"; // A table of that name would not be seen any more.
  // The line break ends a comment at the end of the statement.
  return `WITH ${name} (${names.join(", ")}) AS MATERIALIZED (${sql}\n) SELECT ${exact.join(", ")} FROM ${name}`;
}

function inexactColumns(rows: readonly ResultValue[][]): number[] {
  const columns = new Set<number>();
  for (const row of rows) {
    for (const [column, value] of row.entries()) if (isInexact(value)) columns.add(column);
  }
  return [...columns];
}

/** Whether a double may stand for a 64-bit integer that it does not hold. */
function isInexact(value: ResultValue | undefined): boolean {
  return typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER && Math.abs(value) <= 2 ** 63;
}

function notExact(why: string): DatabaseError {
  return new DatabaseError(
    "NOT_EXACT",
    `The statement gives an integer beyond 2^53, or a REAL of that size, which cannot be told apart, because ${why}. Nothing was done. ` +
      "Write CAST(column AS TEXT) in its place, or read the row with a SELECT of its own.",
  );
}
