import { quoteIdentifier } from "../../database/quote-identifier.ts";
import { toAsciiLowerCase } from "../../database/sql-text.ts";
import type { RunSql } from "./run-sql.ts";

/** A table as its rows are read and put back. */
export interface TableShape {
  readonly name: string;
  /** Quoted. */
  readonly table: string;
  /** The stored columns, quoted: not the generated ones. */
  readonly columns: readonly string[];
  /**
   * What tells its rows apart. `none`: every name of the rowid is a column's, so that a single row cannot be addressed.
   */
  readonly key:
    | { kind: "rowid"; alias: string }
    | { kind: "columns"; columns: readonly string[] }
    | { kind: "none" };
}

/** Reads how a table is made; undefined when there is none of that name. */
export function readShape(run: RunSql, name: string): TableShape | undefined {
  const all = run<[name: string, primaryKey: number, hidden: number]>(
    "SELECT name, pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid",
    name,
  );
  const [listed] = run<[number]>("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", name);
  if (all.length === 0 || listed === undefined) return undefined;
  const table = quoteIdentifier(name);
  const columns = all.filter(([, , hidden]) => hidden === 0).map(([column]) => quoteIdentifier(column));
  if (listed[0] === 1) {
    const key = all
      .filter(([, primaryKey]) => primaryKey > 0)
      .sort(([, left], [, right]) => left - right)
      .map(([column]) => quoteIdentifier(column));
    return { name, table, columns, key: { kind: "columns", columns: key } };
  }
  const taken = new Set(all.map(([column]) => toAsciiLowerCase(column)));
  const alias = ["rowid", "_rowid_", "oid"].find((candidate) => !taken.has(candidate));
  return { name, table, columns, key: alias === undefined ? { kind: "none" } : { kind: "rowid", alias } };
}
