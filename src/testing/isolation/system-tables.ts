import type { RunSql } from "./run-sql.ts";
import { insertRows, readAllRows, type StoredRow } from "./stored-rows.ts";
import { readShape, type TableShape } from "./table-shape.ts";

/**
 * A small table of SQLite's own: where AUTOINCREMENT goes on (sqlite_sequence), or what ANALYZE has found out (sqlite_stat1). No trigger can
 * watch it.
 */
export class SystemTableCopy {
  readonly #name: string;
  readonly #before: { shape: TableShape; rows: StoredRow[] } | undefined;

  constructor(run: RunSql, name: "sqlite_sequence" | "sqlite_stat1") {
    this.#name = name;
    const shape = readShape(run, name);
    this.#before = shape === undefined ? undefined : { shape, rows: readAllRows(run, shape) };
  }

  /** sqlite_sequence stays when it is there: SQLite never drops it. */
  restore(run: RunSql): void {
    if (readShape(run, this.#name) === undefined) return;
    run(`DELETE FROM ${this.#name}`);
    if (this.#before !== undefined) insertRows(run, this.#before.shape, this.#before.rows);
    else if (this.#name === "sqlite_stat1") run(`DROP TABLE ${this.#name}`);
  }
}
