import type { DumpedRows } from "../admin-protocol.ts";
import { DatabaseError, movedTo } from "../errors.ts";
import { keepGenerationMs } from "../limits.ts";
import { quoteIdentifier } from "./quote-identifier.ts";
import { rawRows } from "./raw-rows.ts";

/** Where the names of the objects are kept that have held the database since; the last one holds it now. */
const successorsKey = "d1-procedures:successors";

/** Where the restore is noted that fills the object. */
const fillingKey = "d1-procedures:being-filled";

/**
 * Whether this object holds the database. A restore fills a new object, a new generation of the database, and then switches
 * to it with one write in the old one, which from then on only tells where the database is.
 */
export class Generation {
  readonly #storage: DurableObjectStorage;
  readonly #id: string;
  #successors: readonly string[];

  /** @param id The id of the object. */
  constructor(storage: DurableObjectStorage, id: string) {
    this.#storage = storage;
    this.#id = id;
    this.#successors = storage.kv.get<string[]>(successorsKey) ?? [];
  }

  /** The names of the objects that have held the database since. */
  get successors(): readonly string[] {
    return this.#successors;
  }

  /** The database is no longer here. */
  get hasEnded(): boolean {
    return this.#successors.length > 0;
  }

  /** @throws DatabaseError MOVED, which says where to, if the database is no longer here. */
  check(): void {
    if (this.hasEnded) throw movedTo(this.#successors.at(-1)!, this.#id);
  }

  /**
   * Does what is done as a whole or not at all, so that whoever waits when the database moves can be sent on.
   *
   * @throws DatabaseError MOVED, and what the work throws.
   */
  async whole<T>(work: () => Promise<T>): Promise<T> {
    this.check();
    try {
      return await work();
    } catch (error) {
      if (error instanceof DatabaseError && error.code === "MOVED") this.check();
      throw error;
    }
  }

  /**
   * Runs a procedure. What it throws is never a word of this object's own: the caller would send the call on, and repeat what was done.
   */
  async procedure<T>(run: () => Promise<T>): Promise<T> {
    this.check();
    try {
      return await run();
    } catch (error) {
      if (error instanceof Error && Reflect.get(error, "from") === this.#id)
        Reflect.deleteProperty(error, "from");
      throw error;
    }
  }

  /** The switch. Durable when this resolves. */
  async endWith(successor: string): Promise<void> {
    await this.#keep([successor]);
  }

  /** @throws DatabaseError INVALID_ARGUMENT */
  async redirect(successors: readonly string[]): Promise<void> {
    if (!this.hasEnded) {
      throw new DatabaseError(
        "INVALID_ARGUMENT",
        "redirect() is for an object that has ended: this one holds the database. Nothing was done.",
      );
    }
    await this.#keep([...this.#successors.filter((name) => !successors.includes(name)), ...successors]);
  }

  async #keep(successors: readonly string[]): Promise<void> {
    this.#storage.kv.put(successorsKey, successors);
    await this.#storage.sync();
    this.#successors = successors;
  }

  /**
   * Only what is empty, or was being filled by the same restore, may be filled: it erases what is there.
   *
   * @throws DatabaseError INVALID_ARGUMENT
   */
  checkFillable(restoreId: string, tables: number): void {
    if (tables === 0 || this.#storage.kv.get<string>(fillingKey) === restoreId) return;
    throw new DatabaseError(
      "INVALID_ARGUMENT",
      "startRestore() fills a new object, and this one holds a database already. Nothing was done.",
    );
  }

  /** What nobody finishes, because the restore was terminated, is to be erased one day. */
  async beginFilling(restoreId: string): Promise<void> {
    this.#storage.kv.put(fillingKey, restoreId);
    await this.#storage.setAlarm(Date.now() + keepGenerationMs);
  }

  get isBeingFilled(): boolean {
    return this.#storage.kv.get<string>(fillingKey) !== undefined;
  }

  /**
   * From here on it is a database like any other.
   *
   * @throws DatabaseError BACKUP_DAMAGED if a table has not as many rows as it is to have.
   */
  async finishFilling(tables: readonly DumpedRows[]): Promise<void> {
    for (const { name, rows } of tables) {
      const [[found]] = rawRows<[number]>(
        this.#storage.sql.exec(`SELECT count(*) FROM ${quoteIdentifier(name)}`),
      ) as [[number]];
      if (found === rows) continue;
      throw new DatabaseError(
        "BACKUP_DAMAGED",
        `The backup has ${rows} rows of the table ${name}, and ${found} of them were restored.`,
      );
    }
    this.#storage.kv.delete(fillingKey);
    await this.#storage.deleteAlarm();
    await this.#storage.sync();
  }

  /** To be called when everything was erased. */
  erased(): void {
    this.#successors = [];
  }
}
