import { ConnectionCounters } from "./connection-counters.ts";
import { hasDeferredViolations } from "./deferred-foreign-keys.ts";
import { rawRows } from "./raw-rows.ts";
import type { RedoEntry } from "./redo-entry.ts";
import type { StatementCompiler } from "./statement-compiler.ts";

/**
 * What SQLite keeps of the open transaction beside its rows, on the connection that all jobs share: counters, flags and the schema in
 * memory. A rollback leaves much of it as it is.
 */
export class ConnectionState {
  readonly counters: ConnectionCounters;
  readonly #storage: DurableObjectStorage;
  readonly #compiler: StatementCompiler;
  #virtualTableWritten = false;
  #defersForeignKeys = false;
  /** The schema was changed since the last rollback, so that a rollback may change it back. */
  #schemaTouched = false;

  constructor(storage: DurableObjectStorage, compiler: StatementCompiler) {
    this.counters = new ConnectionCounters(storage.sql);
    this.#storage = storage;
    this.#compiler = compiler;
  }

  /** PRAGMA defer_foreign_keys was set in the open transaction: every foreign key waits for the commit. */
  get defersForeignKeys(): boolean {
    return this.#defersForeignKeys;
  }

  /**
   * The open transaction has written to an FTS5 table, which keeps its changes in memory and writes its own
   * tables later: at a savepoint, before the commit, in the middle of a statement. total_changes() counts
   * those writes too, and a replay, which sets no savepoints, has them elsewhere.
   */
  get virtualTableWritten(): boolean {
    return this.#virtualTableWritten;
  }

  physicalStarted(): void {
    // The runtime writes on this connection too (its own tables, storage.put), between our transactions.
    this.counters.read();
    this.#skipWritesOfVirtualTables();
    this.#virtualTableWritten = false;
    this.#defersForeignKeys = false;
  }

  physicalRolledBack(): void {
    this.schemaRolledBack();
    this.#schemaTouched = false;
  }

  /** A statement has been executed, for the first time or again. */
  executed({
    changesSchema,
    writesVirtualTable,
    setsDeferral,
  }: Pick<RedoEntry, "changesSchema" | "writesVirtualTable" | "setsDeferral">): void {
    if (changesSchema) {
      this.#compiler.clear();
      this.#schemaTouched = true;
    }
    if (writesVirtualTable) this.#virtualTableWritten = true;
    if (setsDeferral) this.#defersForeignKeys = true;
  }

  /** Ends what a job asked for with PRAGMA defer_foreign_keys; the next job shares its transaction. */
  endDeferral(): void {
    if (!this.#defersForeignKeys) return;
    this.#storage.sql.exec("PRAGMA defer_foreign_keys = OFF").toArray();
    this.#defersForeignKeys = false;
  }

  /** Whether the open transaction could not be committed because of a deferred foreign key. */
  hasDeferredViolations(): boolean {
    const violated = hasDeferredViolations(this.#storage);
    this.counters.read();
    return violated;
  }

  /** Runs synchronous work; if it throws, undoes what it did in the database. */
  inSavepoint<T>(work: () => T): T {
    try {
      return this.#storage.transactionSync(() => this.#undoable(work));
    } finally {
      // It has written at the end of the savepoint, too, and the counters keep what was undone.
      this.#skipWritesOfVirtualTables();
    }
  }

  #undoable<T>(work: () => T): T {
    const deferred = this.#defersForeignKeys;
    this.#skipWritesOfVirtualTables();
    try {
      return work();
    } catch (error) {
      // A flag of the connection, which the rollback leaves as it is.
      if (!deferred) this.endDeferral();
      // An FTS5 table writes what it has in memory when a savepoint is set, or released after a rollback. By then
      // the rollback may have taken its own tables away, and the runtime resets the object.
      if (this.#virtualTableWritten) this.#storage.transactionSync(() => {});
      throw error;
    }
  }

  /**
   * After an ALTER TABLE that failed, a rollback leaves the schema that it takes back in SQLite's memory until a
   * statement compares it with the file's, and an EXPLAIN does not.
   */
  schemaRolledBack(): void {
    // The flag stays after a savepoint: what was changed before it is still there, and may yet be rolled back.
    if (!this.#schemaTouched) return;
    this.#compiler.clear();
    rawRows(this.#storage.sql.exec("SELECT 1 FROM sqlite_schema LIMIT 0"));
  }

  /** What an FTS5 table has written by now on its own account is no change of the next statement. */
  #skipWritesOfVirtualTables(): void {
    if (this.#virtualTableWritten) this.counters.read();
  }
}
