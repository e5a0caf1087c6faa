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
  /** The column that is the rowid, quoted. */
  readonly integerKey: string | undefined;
  /** What a statement may call a part of the key, in lower case. */
  readonly keyNames: ReadonlySet<string>;
}

const rowidNames = ["rowid", "_rowid_", "oid"];

/** Reads how a table is made; undefined when there is none of that name. */
export function readShape(run: RunSql, name: string): TableShape | undefined {
  const all = run<[name: string, type: string, primaryKey: number, hidden: number]>(
    "SELECT name, type, pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid",
    name,
  );
  const [listed] = run<[number]>("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", name);
  if (all.length === 0 || listed === undefined) return undefined;
  const primaryKey = all
    .filter(([, , position]) => position > 0)
    .sort(([, , left], [, , right]) => left - right)
    .map(([column]) => column);
  const withoutRowid = listed[0] === 1;
  const taken = new Set(all.map(([column]) => toAsciiLowerCase(column)));
  const alias = rowidNames.find((candidate) => !taken.has(candidate));
  return {
    name,
    table: quoteIdentifier(name),
    columns: all.filter(([, , , hidden]) => hidden === 0).map(([column]) => quoteIdentifier(column)),
    key: withoutRowid
      ? { kind: "columns", columns: primaryKey.map(quoteIdentifier) }
      : alias === undefined
        ? { kind: "none" }
        : { kind: "rowid", alias },
    integerKey: withoutRowid ? undefined : integerKey(run, name, primaryKey),
    keyNames: new Set([...rowidNames, ...primaryKey.map(toAsciiLowerCase)]),
  };
}

/** A primary key without an index of its own is the rowid: only INTEGER PRIMARY KEY is, and not even always. */
function integerKey(run: RunSql, table: string, primaryKey: readonly string[]): string | undefined {
  const [column] = primaryKey;
  if (primaryKey.length !== 1 || column === undefined) return undefined;
  const [index] = run("SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'", table);
  return index === undefined ? quoteIdentifier(column) : undefined;
}
