import { placeholders } from "../d1/placeholders.ts";
import { D1Error, DatabaseError } from "../errors.ts";
import type { QueryResult, ResultValue, SqlValue, StatementMessage } from "../protocol.ts";
import { type Capture, type CapturedWrite, captureRow, takeRowid } from "./capture.ts";
import type { CompiledStatement } from "./compiled-statement.ts";
import type { ConnectionCounters } from "./connection-counters.ts";
import { ConnectionState } from "./connection-state.ts";
import { makeRowsExact } from "./exact-rows.ts";
import { Insights } from "./insights.ts";
import { rawRows } from "./raw-rows.ts";
import { checkReplay, type RedoEntry } from "./redo-entry.ts";
import type { RedoLog } from "./redo-log.ts";
import { ResultMemory } from "./result-memory.ts";
import { type StatementCompiler, sqlError } from "./statement-compiler.ts";
import { StatementResult } from "./statement-result.ts";
import { controlOutOfPlace, replayDiverged } from "./transaction-errors.ts";

/**
 * Executes statements on whatever transaction is open, and keeps a job's redo log beside it. Synchronous
 * throughout: whoever calls decides when.
 */
export class SqlRunner {
  readonly #sql: SqlStorage;
  readonly compiler: StatementCompiler;
  readonly insights = new Insights();
  /** When the statement was started that runs now. */
  #runningSince: number | undefined;
  readonly connection: ConnectionState;
  readonly #counters: ConnectionCounters;

  constructor(storage: DurableObjectStorage, compiler: StatementCompiler) {
    this.#sql = storage.sql;
    this.compiler = compiler;
    this.connection = new ConnectionState(storage, compiler);
    this.#counters = this.connection.counters;
  }

  /**
   * Runs one statement and appends what it wrote to the log.
   *
   * @param memory Of the results that are given together with this one.
   */
  run(message: StatementMessage, log: RedoLog, memory = new ResultMemory()): QueryResult {
    const { sql, params, exactIntegers } = message;
    const compiled = this.compiler.compile(sql, params);
    if (compiled.parts !== undefined) return this.#runParts(compiled.parts, message, log, memory);
    if (compiled.control !== undefined) throw controlOutOfPlace(sql);
    try {
      if (!mayFailAfterWriting(compiled, log)) return this.#run(compiled, params, log, memory, exactIntegers);
      return this.connection.inSavepoint(() => this.#run(compiled, params, log, memory, exactIntegers));
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
  #runParts(
    parts: readonly string[],
    message: StatementMessage,
    log: RedoLog,
    memory: ResultMemory,
  ): QueryResult {
    const last = parts.length - 1;
    if (parts.some((sql, index) => index !== last && !placeholders(sql).next().done)) {
      throw new D1Error(
        "D1_ERROR",
        "When executing multiple SQL statements in a single call, only the last statement can have parameters.",
      );
    }
    const results = this.atomically(log, () =>
      parts.map((sql, index) =>
        index === last ? this.run({ ...message, sql }, log, memory) : this.run({ sql, params: [] }, log),
      ),
    );
    const changes = results.reduce((sum, { meta }) => sum + meta.changes, 0);
    const changed_db = results.some(({ meta }) => meta.changed_db);
    return { data: results[last]!.data, meta: { ...results[last]!.meta, changes, changed_db } };
  }

  #run(
    compiled: CompiledStatement,
    params: readonly SqlValue[],
    log: RedoLog,
    memory: ResultMemory,
    exactIntegers = false,
  ): QueryResult {
    const started = performance.now();
    this.#runningSince = started;
    const capture = captureFor(compiled, log);
    const cursor = this.#sql.exec(capture?.returning ?? compiled.sql, ...params);
    const { rows, rowid } = this.#read(cursor, compiled, capture, memory);
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
    memory: ResultMemory,
  ): { rows: ResultValue[][]; rowid?: string | undefined } {
    if (capture?.returning !== undefined) return takeRowid(cursor, returnsRows, memory);
    return { rows: returnsRows ? memory.read(cursor) : [] };
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
    const memory = new ResultMemory();
    return this.atomically(log, () => statements.map((statement) => this.run(statement, log, memory)));
  }

  /**
   * Runs INSERTs that hold nothing but values, one or several in a text, for whoever undoes the whole transaction when it fails.
   * One that differs in its values only must have been run before: nothing is compiled and nothing is logged.
   */
  runUnlogged(sql: string): void {
    try {
      this.connection.inSavepoint(() => rawRows(this.#sql.exec(sql)));
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
      return this.connection.inSavepoint(work);
    } catch (error) {
      log.truncate(mark);
      noteFailure(log);
      this.connection.schemaRolledBack();
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
      this.connection.executed(entry);
    }
  }

  #afterWrite(
    compiled: CompiledStatement,
    params: readonly SqlValue[],
    rowsWritten: number,
    log: RedoLog,
    rowid: string | undefined,
  ): number {
    const lastRowId = this.#counters.lastRowId;
    const changes = compiled.countsItself ? this.#counters.note(rowsWritten) : this.#counters.countChanges();
    const { changesSchema, writesVirtualTable } = compiled;
    const setsDeferral = compiled.pragma === "defer-foreign-keys";
    this.connection.executed({ changesSchema, writesVirtualTable, setsDeferral });
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
      : this.#counters.lastRowId !== lastRowIdBefore && !this.connection.virtualTableWritten;
    return {
      sql: captured?.sql ?? compiled.sql,
      params: captured?.params ?? params,
      changes: this.connection.virtualTableWritten ? undefined : changes,
      directChanges: compiled.setsChanges && !compiled.changesSchema ? this.#counters.direct : undefined,
      lastRowId: inserted ? this.#counters.lastRowId : undefined,
      changesSchema: compiled.changesSchema,
      writesVirtualTable: compiled.writesVirtualTable,
      nonDeterministic: !compiled.deterministic && captured === undefined,
      defersForeignKeys: compiled.defersForeignKeys || this.connection.defersForeignKeys,
      setsDeferral: compiled.pragma === "defer-foreign-keys",
    };
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
