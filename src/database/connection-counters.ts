import { rawRows } from "./raw-rows.ts";

/**
 * SQLite's total_changes(), changes() and last_insert_rowid(), as of the last write. They belong to the connection:
 * a rollback does not take them back, and the runtime's own writes move them too.
 */
export class ConnectionCounters {
  readonly #sql: SqlStorage;
  #total = 0;
  #direct = 0;
  #lastRowId = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.read();
  }

  /** Rows that the last INSERT, UPDATE or DELETE has changed, cascades and triggers not counted. */
  get direct(): number {
    return this.#direct;
  }

  get lastRowId(): number {
    return this.#lastRowId;
  }

  read(): void {
    const [counters] = rawRows<[number, number, number]>(
      this.#sql.exec("SELECT total_changes(), changes(), last_insert_rowid()"),
    );
    [this.#total, this.#direct, this.#lastRowId] = counters!;
  }

  /** The rows changed since the last call. D1 counts the same way: cascades and triggers included. */
  countChanges(): number {
    const before = this.#total;
    this.read();
    return this.#total - before;
  }

  /** After a statement of which it is known what the counters would say: to ask costs as much as an UPDATE. */
  note(changes: number): number {
    this.#total += changes;
    this.#direct = changes;
    return changes;
  }
}
