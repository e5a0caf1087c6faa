import { placeholders } from "../d1/placeholders.ts";
import { D1Error, DatabaseError } from "../errors.ts";
import type { QueryResult, ResultValue, SqlValue, StatementMessage } from "../protocol.ts";
import { type Capture, type CapturedWrite, captureRow, takeRowid } from "./capture.ts";
import { ConnectionCounters } from "./connection-counters.ts";
import { hasDeferredViolations } from "./deferred-foreign-keys.ts";
import { makeRowsExact } from "./exact-rows.ts";
import { Insights } from "./insights.ts";
import { rawRows } from "./raw-rows.ts";
import { checkReplay, type RedoEntry } from "./redo-entry.ts";
import type { RedoLog } from "./redo-log.ts";
import { type CompiledStatement, type StatementCompiler, sqlError } from "./statement-compiler.ts";
import { StatementResult } from "./statement-result.ts";
import { controlOutOfPlace, replayDiverged } from "./transaction-errors.ts";

/**
 * Executes statements on whatever transaction is open, and keeps a job's redo log beside it. Synchronous
 * throughout: whoever calls decides when.
 */
export class SqlRunner {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly compiler: StatementCompiler;
  readonly insights = new Insights();
  /** When the statement was started that runs now. */
  #runningSince: number | undefined;
  readonly #counters: ConnectionCounters;
  /**
   * The open transaction has written to an FTS5 table, which keeps its changes in memory and writes its own
   * tables later: at a savepoint, before the commit, in the middle of a statement. total_changes() counts
   * those writes too, and a replay, which sets no savepoints, has them elsewhere.
   */
  #virtualTableWritten = false;
  #defersForeignKeys = false;
  /** The schema was changed since the last rollback, so that a rollback may change it back. */
  #schemaTouched = false;

  constructor(storage: DurableObjectStorage, compiler: StatementCompiler) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.compiler = compiler;
    this.#counters = new ConnectionCounters(storage.sql);
  }

  /** PRAGMA defer_foreign_keys was set in the open transaction: every foreign key waits for the commit. */
  get defersForeignKeys(): boolean {
    return this.#defersForeignKeys;
  }

  physicalStarted(): void {
    // The runtime writes on this connection too (its own tables, storage.put), between our transactions.
    this.#counters.read();
    this.#skipWritesOfVirtualTables();
    this.#virtualTableWritten = false;
    this.#defersForeignKeys = false;
  }

  physicalRolledBack(): void {
    if (this.#schemaTouched) this.#schemaRolledBack();
    this.#schemaTouched = false;
  }

  /** Ends what a job asked for with PRAGMA defer_foreign_keys; the next job shares its transaction. */
  endDeferral(): void {
    if (!this.#defersForeignKeys) return;
    this.#sql.exec("PRAGMA defer_foreign_keys = OFF").toArray();
    this.#defersForeignKeys = false;
  }

  /** Whether the open transaction could not be committed because of a deferred foreign key. */
  hasDeferredViolations(): boolean {
    const violated = hasDeferredViolations(this.#storage);
    this.#counters.read();
    return violated;
  }

  /** Runs one statement and appends what it wrote to the log. */
  run(message: StatementMessage, log: RedoLog): QueryResult {
    const { sql, params, exactIntegers } = message;
    const compiled = this.compiler.compile(sql, params);
    if (compiled.parts !== undefined) return this.#runParts(compiled.parts, message, log);
    if (compiled.control !== undefined) throw controlOutOfPlace(sql);
    try {
      if (!mayFailAfterWriting(compiled, log)) return this.#run(compiled, params, log, exactIntegers);
      return this.#inSavepoint(() => this.#run(compiled, params, log, exactIntegers));
    } catch (error) {
      // What it did before it failed was undone, but the counters keep it.
      this.#counters.read();
      this.#countFailure(compiled, log);
      noteFailure(log);
      throw error instanceof D1Error || error instanceof DatabaseError ? error : sqlError(error);
    }
  }

  /**
   * Several statements in one text: as on D1, the parameters are those of the last one, and so is the result; the
   * changes are counted together.
   */
  #runParts(parts: readonly string[], message: StatementMessage, log: RedoLog): QueryResult {
    const last = parts.length - 1;
    if (parts.some((sql, index) => index !== last && !placeholders(sql).next().done)) {
      throw new D1Error(
        "D1_ERROR",
        "When executing multiple SQL statements in a single call, only the last statement can have parameters.",
      );
    }
    const results = this.atomically(log, () =>
      parts.map((sql, index) => this.run(index === last ? { ...message, sql } : { sql, params: [] }, log)),
    );
    const changes = results.reduce((sum, { meta }) => sum + meta.changes, 0);
    const changed_db = results.some(({ meta }) => meta.changed_db);
    return { data: results[last]!.data, meta: { ...results[last]!.meta, changes, changed_db } };
  }

  #run(
    compiled: CompiledStatement,
    params: readonly SqlValue[],
    log: RedoLog,
    exactIntegers = false,
  ): QueryResult {
    const started = performance.now();
    this.#runningSince = started;
    const capture = captureFor(compiled, log);
    const cursor = this.#sql.exec(capture?.returning ?? compiled.sql, ...params);
    const { rows, rowid } = this.#read(cursor, compiled, capture);
    const columns = compiled.returnsRows ? cursor.columnNames : [];
    if (capture?.returning !== undefined) columns.pop();
    const { rowsRead, rowsWritten } = cursor;
    if (exactIntegers) makeRowsExact(rows, compiled, params, this.#sql);
    const changes = compiled.writes ? this.#afterWrite(compiled, params, rowsWritten, log, rowid) : 0;
    if (compiled.returnsRows) log.markSeen();
    const ended = performance.now();
    const durationMs = ended - started;
    this.#runningSince = undefined;
    if (log.countRun()) {
      this.insights.count(compiled, ended, { durationMs, rowsRead, rowsWritten, rowsReturned: rows.length });
    }
    return new StatementResult(
      this.#sql,
      { columns, rows, rowsRead, rowsWritten },
      {
        durationMs,
        changes,
        lastRowId: this.#counters.lastRowId,
        changedDatabase: rowsWritten > 0 || compiled.changesSchema,
      },
    );
  }

  #read(
    cursor: SqlStorageCursor<Record<string, SqlStorageValue>>,
    { returnsRows }: CompiledStatement,
    capture: Capture | undefined,
  ): { rows: ResultValue[][]; rowid?: string | undefined } {
    if (capture?.returning !== undefined) return takeRowid(cursor, returnsRows);
    return { rows: returnsRows ? rawRows<SqlValue[]>(cursor) : [] };
  }

  #countFailure(compiled: CompiledStatement, log: RedoLog): void {
    if (this.#runningSince === undefined) return;
    const ended = performance.now();
    const durationMs = ended - this.#runningSince;
    this.#runningSince = undefined;
    if (!log.countRun()) return;
    this.insights.count(compiled, ended, { durationMs, rowsRead: 0, rowsWritten: 0, rowsReturned: 0 });
  }

  /** The result of a statement that gives none: BEGIN and its kin. */
  nothing(): QueryResult {
    const execution = { columns: [], rows: [], rowsRead: 0, rowsWritten: 0 };
    const notes = { durationMs: 0, changes: 0, lastRowId: this.#counters.lastRowId, changedDatabase: false };
    return new StatementResult(this.#sql, execution, notes);
  }

  /** Whether none of the statements can write. Throws for one that does not compile. */
  onlyReads(statements: readonly StatementMessage[]): boolean {
    return statements.every(({ sql, params }) => !this.compiler.compile(sql, params).writes);
  }

  /** Runs several statements: all of them, or none is left behind. */
  runAll(statements: readonly StatementMessage[], log: RedoLog): QueryResult[] {
    const [only] = statements;
    if (statements.length === 1 && only !== undefined) return [this.run(only, log)];
    return this.atomically(log, () => statements.map((statement) => this.run(statement, log)));
  }

  /**
   * Runs INSERTs that hold nothing but values, one or several in a text, for whoever undoes the whole transaction when it fails.
   * One that differs in its values only must have been run before: nothing is compiled and nothing is logged.
   */
  runUnlogged(sql: string): void {
    try {
      this.#inSavepoint(() => rawRows(this.#sql.exec(sql)));
    } catch (error) {
      throw sqlError(error);
    } finally {
      this.#counters.read();
    }
  }

  /** Runs synchronous work; if it throws, undoes what it did, in the database and in the log. */
  atomically<T>(log: RedoLog, work: () => T): T {
    const mark = log.mark();
    try {
      return this.#inSavepoint(work);
    } catch (error) {
      log.truncate(mark);
      noteFailure(log);
      // The flag stays: what was changed before this work is still there, and may yet be rolled back.
      if (this.#schemaTouched) this.#schemaRolledBack();
      throw error;
    }
  }

  /** Runs synchronous work; if it throws, undoes what it did in the database. */
  #inSavepoint<T>(work: () => T): T {
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
   * Executes a log again, on the state on which it ran first.
   *
   * @throws DatabaseError REPLAY_DIVERGED when a statement reports anything else than the first time.
   */
  replay(log: RedoLog): void {
    for (const entry of log.entries) {
      try {
        rawRows(this.#sql.exec(entry.sql, ...entry.params));
      } catch (error) {
        throw replayDiverged(entry.sql, "it failed", error);
      }
      const changes = this.#counters.countChanges();
      checkReplay(entry, changes, this.#counters);
      if (entry.changesSchema) this.#schemaChanged();
      if (entry.writesVirtualTable) this.#virtualTableWritten = true;
      if (entry.setsDeferral) this.#defersForeignKeys = true;
    }
  }

  #afterWrite(
    compiled: CompiledStatement,
    params: readonly SqlValue[],
    rowsWritten: number,
    log: RedoLog,
    rowid: string | undefined,
  ): number {
    if (compiled.writesVirtualTable) this.#virtualTableWritten = true;
    const lastRowId = this.#counters.lastRowId;
    const changes = compiled.countsItself ? this.#counters.note(rowsWritten) : this.#counters.countChanges();
    if (compiled.changesSchema) this.#schemaChanged();
    if (compiled.pragma === "defer-foreign-keys") this.#defersForeignKeys = true;
    // It wrote nothing where it might have: the state that a replay gives is exact without it.
    const idle = rowsWritten === 0 && changes === 0 && !compiled.changesSchema;
    if (idle && !compiled.deterministic && log.isDeterministic) return changes;
    const captured = changes === 1 ? this.#capture(compiled, log, rowid) : undefined;
    const entry = this.#entryOf(compiled, params, captured, changes, lastRowId);
    log.append(entry);
    // `meta` tells the new last_insert_rowid(), and that is more than a replay can be held to; or what was
    // written tells of the connection (changes() ...), which a rollback does not take back.
    const tellsMore = this.#counters.lastRowId !== lastRowId && entry.lastRowId === undefined;
    if (entry.nonDeterministic && (tellsMore || compiled.readsCounters)) log.markSeen();
    return changes;
  }

  /** The statement that makes the row again that this one has written, where there is one. */
  #capture(compiled: CompiledStatement, log: RedoLog, rowid: string | undefined): CapturedWrite | undefined {
    const capture = captureFor(compiled, log);
    const canFind = capture !== undefined && (capture.returning === undefined || rowid !== undefined);
    return canFind ? captureRow(capture, this.#sql, rowid) : undefined;
  }

  #entryOf(
    compiled: CompiledStatement,
    params: readonly SqlValue[],
    captured: CapturedWrite | undefined,
    changes: number,
    lastRowIdBefore: number,
  ): RedoEntry {
    const inserted = compiled.insertsOnly
      ? changes > 0
      : this.#counters.lastRowId !== lastRowIdBefore && !this.#virtualTableWritten;
    return {
      sql: captured?.sql ?? compiled.sql,
      params: captured?.params ?? params,
      changes: this.#virtualTableWritten ? undefined : changes,
      directChanges: compiled.setsChanges && !compiled.changesSchema ? this.#counters.direct : undefined,
      lastRowId: inserted ? this.#counters.lastRowId : undefined,
      changesSchema: compiled.changesSchema,
      writesVirtualTable: compiled.writesVirtualTable,
      nonDeterministic: !compiled.deterministic && captured === undefined,
      defersForeignKeys: compiled.defersForeignKeys || this.#defersForeignKeys,
      setsDeferral: compiled.pragma === "defer-foreign-keys",
    };
  }

  #schemaChanged(): void {
    this.compiler.clear();
    this.#schemaTouched = true;
  }

  /**
   * After an ALTER TABLE that failed, a rollback leaves the schema that it takes back in SQLite's memory until a
   * statement compares it with the file's, and an EXPLAIN does not.
   */
  #schemaRolledBack(): void {
    this.compiler.clear();
    rawRows(this.#sql.exec("SELECT 1 FROM sqlite_schema LIMIT 0"));
  }

  /** What an FTS5 table has written by now on its own account is no change of the next statement. */
  #skipWritesOfVirtualTables(): void {
    if (this.#virtualTableWritten) this.#counters.read();
  }
}

/** The rows that it returns, or the row that is read back to log it, may be refused when it has written already. */
function mayFailAfterWriting(compiled: CompiledStatement, log: RedoLog): boolean {
  if (compiled.failsInPart || (compiled.writes && compiled.returnsRows)) return true;
  return captureFor(compiled, log) !== undefined;
}

/** To ask for the row that an UPDATE writes is worth it where somebody may see the row, and wait: in a callback. */
function captureFor({ capture }: CompiledStatement, log: RedoLog): Capture | undefined {
  return capture?.returning === undefined || log.isOfCallback ? capture : undefined;
}

/** That a statement failed may tell of a value in the rows, as a result does. */
function noteFailure(log: RedoLog): void {
  if (!log.isDeterministic) log.markSeen();
}
