import type { TouchedRow } from "./dry-run.ts";
import type { RunSql } from "./run-sql.ts";
import {
  deleteRows,
  insertRows,
  type RowKey,
  readAllRows,
  readRows,
  rowidKey,
  type StoredRow,
} from "./stored-rows.ts";
import type { TableShape } from "./table-shape.ts";

/** What one table had at the start of a level, as far as the level has touched it. */
export class TouchedTable {
  readonly shape: TableShape;
  /** By key; undefined for a row that was not there. */
  readonly #rows = new Map<string, { key: RowKey; before: StoredRow | undefined }>();
  /** All of its rows, when they were copied; they count for what came after. */
  #copy: readonly StoredRow[] | undefined;

  constructor(shape: TableShape) {
    this.shape = shape;
  }

  /** Nothing more needs to be recorded of it. */
  get isCopied(): boolean {
    return this.#copy !== undefined;
  }

  copy(run: RunSql): void {
    this.#copy ??= readAllRows(run, this.shape);
  }

  /** To be called before the rows are touched. */
  record(run: RunSql, touched: readonly TouchedRow[]): void {
    const fresh = touched.filter(({ key }) => !this.#rows.has(key.text));
    for (const { key } of fresh) this.#rows.set(key.text, { key, before: undefined });
    const existing = fresh.filter(({ exists }) => exists).map(({ key }) => key);
    for (const row of readRows(run, this.shape, existing))
      this.#rows.set(row.key.text, { key: row.key, before: row });
  }

  /** To be called when a row has been inserted whose rowid nobody could know before. */
  recordInserted(rowid: string): void {
    const key = rowidKey(rowid);
    if (!this.#rows.has(key.text)) this.#rows.set(key.text, { key, before: undefined });
  }

  /** First of all tables: rows that come back may refer to nothing that is still in their way. */
  removeTouched(run: RunSql): void {
    if (this.#copy !== undefined) {
      run(`DELETE FROM ${this.shape.table}`);
      insertRows(run, this.shape, this.#copy);
    }
    deleteRows(
      run,
      this.shape,
      [...this.#rows.values()].map(({ key }) => key),
    );
  }

  putBack(run: RunSql): void {
    const rows = [...this.#rows.values()].flatMap(({ before }) => (before === undefined ? [] : [before]));
    insertRows(run, this.shape, rows);
  }
}
