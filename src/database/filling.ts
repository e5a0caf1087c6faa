import type { DumpedRows } from "../admin-protocol.ts";
import { DatabaseError } from "../errors.ts";
import { keepGenerationMs } from "../limits.ts";
import { quoteIdentifier } from "./quote-identifier.ts";
import { rawRows } from "./raw-rows.ts";

/** Where the restore is noted that fills the object, or has filled it. */
const fillingKey = "d1-procedures:filling";

interface FillingState {
  restoreId: string;
  /** It may be the database: nothing of a restore erases it any more. */
  isFinished: boolean;
}

/** What a restore does to the new object that it fills: begins, again and again if need be, and finishes once. */
export class Filling {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Nobody has finished it. */
  get isUnfinished(): boolean {
    return this.#state?.isFinished === false;
  }

  isOf(restoreId: string): boolean {
    return this.#state?.restoreId === restoreId;
  }

  /**
   * To be asked before what is there is erased.
   *
   * @param tables How many there are.
   * @throws DatabaseError INVALID_ARGUMENT for an object that is not new, nor was begun by the same restore.
   */
  check(restoreId: string, tables: number): void {
    const state = this.#state;
    const isNew = state === undefined && tables === 0;
    if (isNew || (this.isOf(restoreId) && this.isUnfinished)) return;
    throw invalid("startRestore() fills a new object, and this one is a database already");
  }

  /** What nobody finishes, because the restore was terminated, is to be erased one day. */
  async begin(restoreId: string): Promise<void> {
    this.#keep({ restoreId, isFinished: false });
    await this.#storage.setAlarm(Date.now() + keepGenerationMs);
  }

  /** @throws DatabaseError BACKUP_DAMAGED if a table has not as many rows as it is to have. */
  compare(tables: readonly DumpedRows[]): void {
    for (const { name, rows } of tables) this.#checkRows(name, rows);
  }

  isFinishedBy(restoreId: string): boolean {
    return this.isOf(restoreId) && !this.isUnfinished;
  }

  /** @throws DatabaseError INVALID_ARGUMENT for what is not whole, or of another restore. */
  checkComplete(restoreId: string, isWhole: boolean): void {
    if (!this.isOf(restoreId) || !isWhole)
      throw invalid("finishRestore() ends a restore that has filled nothing here");
  }

  async finish(restoreId: string): Promise<void> {
    this.#keep({ restoreId, isFinished: true });
    await this.#storage.deleteAlarm();
    await this.#storage.sync();
  }

  #checkRows(table: string, expected: number): void {
    const counted = this.#storage.sql.exec(`SELECT count(*) FROM ${quoteIdentifier(table)}`);
    const found = rawRows<[number]>(counted)[0]![0];
    if (found === expected) return;
    throw new DatabaseError(
      "BACKUP_DAMAGED",
      `The backup has ${expected} rows of the table ${table}, and ${found} of them were restored.`,
    );
  }

  get #state(): FillingState | undefined {
    return this.#storage.kv.get<FillingState>(fillingKey);
  }

  #keep(state: FillingState): void {
    this.#storage.kv.put(fillingKey, state);
  }
}

function invalid(message: string): DatabaseError {
  return new DatabaseError("INVALID_ARGUMENT", `${message}. Nothing was done.`);
}
