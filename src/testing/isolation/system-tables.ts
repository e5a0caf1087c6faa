import type { RunSql } from "./run-sql.ts";
import { insertRows, readAllRows, type StoredRow } from "./stored-rows.ts";
import type { TableShape } from "./table-shape.ts";

/** They are the same in every database. */
const shapes = {
  sqlite_sequence: systemTable("sqlite_sequence", ["name", "seq"]),
  sqlite_stat1: systemTable("sqlite_stat1", ["tbl", "idx", "stat"]),
};

/**
 * A small table of SQLite's own: where AUTOINCREMENT goes on (sqlite_sequence), or what ANALYZE has found out (sqlite_stat1). No trigger can
 * watch it.
 */
export class SystemTableCopy {
  readonly #shape: TableShape;
  readonly #before: StoredRow[] | undefined;

  constructor(run: RunSql, name: keyof typeof shapes) {
    this.#shape = shapes[name];
    this.#before = this.#exists(run) ? readAllRows(run, this.#shape) : undefined;
  }

  /** sqlite_sequence stays when it is there: SQLite never drops it. */
  restore(run: RunSql): void {
    if (!this.#exists(run)) return;
    const { name } = this.#shape;
    if (this.#before !== undefined && areSame(this.#before, readAllRows(run, this.#shape))) return;
    run(`DELETE FROM ${name}`);
    if (this.#before !== undefined) insertRows(run, this.#shape, this.#before);
    else if (name === "sqlite_stat1") run(`DROP TABLE ${name}`);
  }

  #exists(run: RunSql): boolean {
    return run("SELECT 1 FROM sqlite_schema WHERE name = ?", this.#shape.name).length > 0;
  }
}

function systemTable(name: string, columns: readonly string[]): TableShape {
  return {
    name,
    table: name,
    columns,
    key: { kind: "rowid", alias: "rowid" },
    integerKey: undefined,
    keyNames: new Set(["rowid"]),
  };
}

function areSame(left: readonly StoredRow[], right: readonly StoredRow[]): boolean {
  const textOf = (rows: readonly StoredRow[]) => JSON.stringify(rows.map(plainRow));
  return textOf(left) === textOf(right);
}

function plainRow({ key, values }: StoredRow): unknown {
  return [
    key.text,
    values.map((value) => ("bytes" in value ? [value.type, ...new Uint8Array(value.bytes)] : value)),
  ];
}
