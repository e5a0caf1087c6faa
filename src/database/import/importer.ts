import type { ImportResult, TransferStatus } from "../../admin-protocol.ts";
import { DatabaseError, importRunning, messageOf } from "../../errors.ts";
import { importPartBytes, maxAtomicImportBytes, maxImportTransactionMs } from "../../limits.ts";
import { requireDumps } from "../buckets.ts";
import type { Engine, InTransaction } from "../engine.ts";
import { checkAllForeignKeys } from "../foreign-key-enforcement.ts";
import { rawRows } from "../raw-rows.ts";
import { type RestartHost, restartSoon } from "../restart.ts";
import { type PollTimers, type Report, Transfers } from "../transfers.ts";
import { type ImportPlan, planImport } from "./import-plan.ts";
import { ImportRun } from "./import-run.ts";
import { SqlFileWindow } from "./sql-file-window.ts";

/** Where the last import that committed is kept, so that its client hears of it even after a restart. */
const lastImportKey = "d1-procedures:last-import";

interface ImportProgress {
  id: string;
  startedMs: number;
  changesBefore: number;
}

type ImportRecord = Omit<ImportResult, "finalBookmark" | "sizeAfter"> & { id: string };

/** Imports SQL files from the R2 bucket, one at a time, all or nothing. */
export class Importer {
  readonly #engine: Engine;
  readonly #host: RestartHost;
  readonly #storage: DurableObjectStorage;
  readonly #env: unknown;
  readonly #polls: PollTimers;
  readonly #transfers: Transfers<ImportResult>;

  constructor(
    engine: Engine,
    host: RestartHost,
    storage: DurableObjectStorage,
    env: unknown,
    polls: PollTimers,
  ) {
    this.#polls = polls;
    this.#transfers = new Transfers(polls);
    this.#engine = engine;
    this.#host = host;
    this.#storage = storage;
    this.#env = env;
  }

  /** @throws DatabaseError IMPORT_RUNNING, INVALID_BINDING */
  async start(key: string): Promise<TransferStatus<ImportResult>> {
    const bucket = requireDumps(this.#env);
    if (this.#transfers.active) throw importRunning();
    return this.#transfers.start((report, id) =>
      this.#withFile(bucket, key, (window, size) => this.#import(window, size, report, id)),
    );
  }

  /** Fills a new object with an SQL file, in parts. @throws DatabaseError IMPORT_RUNNING, INVALID_BINDING */
  async startRestore(key: string): Promise<TransferStatus<ImportResult>> {
    const bucket = requireDumps(this.#env);
    if (this.#transfers.active) throw importRunning();
    return this.#transfers.start((report, id) =>
      this.#withFile(bucket, key, async (window, size) => {
        report(`Restoring ${size} bytes.`);
        return this.#resultOf(await this.#inParts(window, id, false));
      }),
    );
  }

  /** The id of the import that runs. */
  get activeId(): string | undefined {
    return this.#transfers.activeId;
  }

  /** The id of the last import that has committed all of its file. */
  get lastCompletedId(): string | undefined {
    return this.#storage.kv.get<ImportRecord>(lastImportKey)?.id;
  }

  /** @throws DatabaseError UNKNOWN_TRANSFER */
  async poll(id: string): Promise<TransferStatus<ImportResult>> {
    const last = this.#storage.kv.get<ImportRecord>(lastImportKey);
    if (last?.id !== id || this.#transfers.knows(id)) return this.#transfers.poll(id);
    return { id, status: "complete", messages: [], result: this.#resultOf(last) };
  }

  async #withFile<T>(
    bucket: R2Bucket,
    key: string,
    work: (window: SqlFileWindow, size: number) => Promise<T>,
  ): Promise<T> {
    const file = await bucket.get(key);
    if (file === null) throw new DatabaseError("INVALID_ARGUMENT", `The file ${key} was not uploaded.`);
    const window = new SqlFileWindow(file.body);
    try {
      await window.extend();
      return await work(window, file.size);
    } finally {
      await window.close();
    }
  }

  async #import(window: SqlFileWindow, size: number, report: Report, id: string): Promise<ImportResult> {
    const plan = planImport(window.bytes, window.whole);
    const inParts = plan.inParts || size > maxAtomicImportBytes;
    const canBeUndone = inParts && (await this.#canUndoParts(size, plan));
    report(`Importing ${size} bytes${inParts ? ` in parts of ${importPartBytes} bytes` : ""}.`);
    const record = await (inParts ? this.#inParts(window, id, canBeUndone) : this.#atOnce(window, id, plan));
    report(`Processed ${record.numQueries} queries.`);
    return this.#resultOf(record);
  }

  #atOnce(window: SqlFileWindow, id: string, { suspendForeignKeys }: ImportPlan): Promise<ImportRecord> {
    return this.#engine.exclusively((inTransaction) =>
      this.#quietly(inTransaction)(
        async () => {
          const run = new ImportRun(this.#engine.runner, suspendForeignKeys);
          const progress = this.#begin(id);
          await this.#runPart(run, window, Number.POSITIVE_INFINITY);
          return this.#record(run, progress);
        },
        { foreignKeys: suspendForeignKeys ? "suspended" : "enforced" },
      ),
    );
  }

  /** @param canBeUndone The platform can take the database back to its state before the first part. */
  #inParts(window: SqlFileWindow, id: string, canBeUndone: boolean): Promise<ImportRecord> {
    return new Promise((resolve, reject) => {
      const work = async (inTransaction: InTransaction) => {
        // Now and not before: what was written while this waited must stay.
        const before = canBeUndone ? await this.#storage.getCurrentBookmark() : undefined;
        const run = new ImportRun(this.#engine.runner, true);
        let lineReached: number | undefined;
        const committed = (line: number) => {
          lineReached = line;
        };
        try {
          resolve(await this.#runParts(run, window, id, inTransaction, committed));
        } catch (error) {
          const undone = before !== undefined && lineReached !== undefined && (await this.#goBackTo(before));
          const consequence = undone
            ? "The database goes back to its state before the import."
            : lineReached === undefined
              ? "Nothing of the file was kept."
              : `The file is imported in parts: what stands before line ${lineReached} was kept.`;
          reject(
            new DatabaseError("STATEMENT_REFUSED", `${messageOf(error).replace(/\.$/, "")}. ${consequence}`, {
              cause: error,
            }),
          );
          if (undone) await restartSoon(this.#host, "A failed import is undone.");
        }
      };
      this.#engine.exclusively(work).catch(reject);
    });
  }

  /** False: the platform failed to. */
  async #goBackTo(bookmark: string): Promise<boolean> {
    try {
      await this.#storage.onNextSessionRestoreBookmark(bookmark);
      return true;
    } catch (error) {
      console.error("A failed import could not be undone:", error);
      return false;
    }
  }

  async #runParts(
    run: ImportRun,
    window: SqlFileWindow,
    id: string,
    inTransaction: InTransaction,
    committed: (line: number) => void,
  ): Promise<ImportRecord> {
    let progress: ImportProgress | undefined;
    for (;;) {
      const record = await this.#quietly(inTransaction)(
        async () => {
          progress ??= this.#begin(id);
          const ended = await this.#runPart(run, window, importPartBytes);
          if (!ended) return undefined;
          // At the end: a row may come in an earlier part than the one that it refers to.
          checkAllForeignKeys(this.#storage.sql, "the last part was not kept");
          return this.#record(run, progress);
        },
        { foreignKeys: "unchecked" },
      );
      if (record !== undefined) return record;
      committed(run.line);
      // Readers are let in.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  #quietly(inTransaction: InTransaction): InTransaction {
    return (work, options) => this.#polls.pauseDuring(() => inTransaction(work, options));
  }

  /** @returns Whether the file has come to its end. */
  async #runPart(run: ImportRun, window: SqlFileWindow, maxBytes: number): Promise<boolean> {
    const deadlineMs = Date.now() + maxImportTransactionMs;
    let bytes = 0;
    for (;;) {
      const done = run.execute(window.bytes, window.whole);
      window.consume(done);
      bytes += done;
      if (window.whole) return true;
      if (bytes >= maxBytes) return false;
      await inTime(window.extend(), deadlineMs, run);
    }
  }

  /** Inside the transaction: the engine writes to its own table when one starts. */
  #begin(id: string): ImportProgress {
    return { id, startedMs: Date.now(), changesBefore: this.#totalChanges() };
  }

  /** Kept in the transaction of the import itself: either both are durable or none. */
  #record(run: ImportRun, { id, startedMs, changesBefore }: ImportProgress): ImportRecord {
    const record: ImportRecord = {
      id,
      numQueries: run.numQueries,
      durationMs: Date.now() - startedMs,
      rowsRead: run.rowsRead,
      rowsWritten: this.#totalChanges() - changesBefore,
    };
    this.#storage.kv.put(lastImportKey, record);
    return record;
  }

  #resultOf({ id: _, ...record }: ImportRecord): ImportResult {
    const sizeAfter = this.#storage.sql.databaseSize;
    return { ...record, finalBookmark: this.#engine.bookmark, sizeAfter };
  }

  #totalChanges(): number {
    return rawRows<[number]>(this.#storage.sql.exec("SELECT total_changes()"))[0]![0];
  }

  /**
   * Whether parts that have committed can be taken back: with the platform's history, where it has one.
   *
   * @throws DatabaseError LIMIT_EXCEEDED where it has none, for a file that does not ask for parts.
   */
  async #canUndoParts(size: number, { inParts }: ImportPlan): Promise<boolean> {
    try {
      // Of the three methods the only one that tells of itself, and changes nothing.
      await this.#storage.getBookmarkForTime(Date.now() - 1_000);
      return true;
    } catch {
      if (inParts) return false;
      throw new DatabaseError(
        "LIMIT_EXCEEDED",
        `The file has ${size} bytes; in one transaction, all or nothing, an import takes ${maxAtomicImportBytes} at most. Split the file; or ` +
          'make "-- d1-procedures: import in parts" its first line: then a failure leaves the parts before it in the database.',
      );
    }
  }
}

/** No timer from outside fires while a physical transaction is open; this one is made inside. */
async function inTime(work: Promise<void>, deadlineMs: number, run: ImportRun): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const expire = () => reject(tooSlow(run));
    const leftMs = deadlineMs - Date.now();
    if (leftMs <= 0) expire();
    else timer = setTimeout(expire, leftMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(run: ImportRun): DatabaseError {
  return new DatabaseError(
    "TRANSACTION_TIMEOUT",
    `The import took longer than ${maxImportTransactionMs} ms and was rolled back at line ${run.line}, after ${run.numQueries} statements: the runtime resets ` +
      'an object after 30 s in a transaction. Split the file; or make "-- d1-procedures: import in parts" its first line: then a failure leaves the ' +
      "parts before it in the database.",
  );
}
