import type { TouchedRow } from "./dry-run.ts";
import type { RunSql } from "./run-sql.ts";
import {
  deleteRows,
  existingKeys,
  insertRows,
  type RowKey,
  readAllRows,
  readRows,
  rowidKey,
  type StoredRow,
  updateRows,
} from "./stored-rows.ts";
import type { TableShape } from "./table-shape.ts";

/** What one table had at the start of a level, as far as the level has touched it. */
export class TouchedTable {
  readonly shape: TableShape;
  /** By key; undefined for a row that was not there. */
  readonly #rows = new Map<string, { key: RowKey; before: StoredRow | undefined }>();
  /** All of its rows, when they were copied; they count for what came after. */
  #copy: readonly StoredRow[] | undefined;
  #missing: StoredRow[] = [];

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

  /** Records rows that are about to be changed or deleted, and keep their keys. */
  recordRows(rows: readonly StoredRow[]): void {
    for (const row of rows) {
      if (!this.#rows.has(row.key.text)) this.#rows.set(row.key.text, { key: row.key, before: row });
    }
  }

  /**
   * Gives the rows that are still there the values that they had. In all tables before any row is deleted: nothing that was there before refers
   * to a new row then, so that no foreign key takes it along. Fails where rows have exchanged unique values.
   */
  resetExisting(run: RunSql): void {
    const rows = this.#before;
    const existing = existingKeys(
      run,
      this.shape,
      rows.map(({ key }) => key),
    );
    const isThere = ({ key }: StoredRow) => existing.has(key.text);
    updateRows(run, this.shape, rows.filter(isThere));
    this.#missing = rows.filter((row) => !isThere(row));
  }

  deleteNew(run: RunSql): void {
    const added = [...this.#rows.values()].filter(({ before }) => before === undefined);
    deleteRows(
      run,
      this.shape,
      added.map(({ key }) => key),
    );
  }

  insertMissing(run: RunSql): void {
    insertRows(run, this.shape, this.#missing);
  }

  /** Deletes all that was touched, in all tables before any is put back. To be called without foreign keys. */
  deleteTouched(run: RunSql): void {
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

  insertTouched(run: RunSql): void {
    insertRows(run, this.shape, this.#before);
  }

  get #before(): StoredRow[] {
    return [...this.#rows.values()].flatMap(({ before }) => (before === undefined ? [] : [before]));
  }
}
