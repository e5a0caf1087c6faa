import { type QueryMeta, type QueryResult, type ResultValue, servedBy } from "../protocol.ts";

/** What SQLite gave for one statement. */
export interface Execution {
  columns: string[];
  rows: ResultValue[][];
  rowsRead: number;
  rowsWritten: number;
}

/** What the engine noted about the run of a statement. */
export interface RunNotes {
  durationMs: number;
  changes: number;
  lastRowId: number;
  changedDatabase: boolean;
}

/**
 * The result of a statement inside the object. Its `meta` is made when somebody asks: most callbacks look at
 * the rows only, and the database's size is a question to SQLite.
 */
export class StatementResult implements QueryResult {
  readonly data: QueryResult["data"];
  readonly #sql: SqlStorage;
  readonly #execution: Execution;
  readonly #notes: RunNotes;

  constructor(sql: SqlStorage, execution: Execution, notes: RunNotes) {
    this.#sql = sql;
    this.#execution = execution;
    this.#notes = notes;
    this.data = { kind: "raw", columns: execution.columns, rows: execution.rows };
  }

  get meta(): QueryMeta {
    const { durationMs, changes, lastRowId, changedDatabase } = this.#notes;
    return {
      served_by: servedBy,
      served_by_primary: true,
      duration: durationMs,
      timings: { sql_duration_ms: durationMs },
      changes,
      last_row_id: lastRowId,
      changed_db: changedDatabase,
      size_after: this.#sql.databaseSize,
      rows_read: this.#execution.rowsRead,
      rows_written: this.#execution.rowsWritten,
    };
  }
}
