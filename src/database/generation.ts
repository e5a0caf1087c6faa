import { DatabaseError, movedTo } from "../errors.ts";

/** Where the name of the object is kept that holds the database now. */
const successorKey = "d1-procedures:successor";

/** Where the restore is noted that fills the object. */
const fillingKey = "d1-procedures:being-filled";

/**
 * Whether this object holds the database. A restore fills a new object, a new generation of the database, and then switches
 * to it with one write in the old one, which from then on only tells where the database is.
 */
export class Generation {
  readonly #storage: DurableObjectStorage;
  readonly #id: string;
  #successor: string | undefined;

  /** @param id The id of the object. */
  constructor(storage: DurableObjectStorage, id: string) {
    this.#storage = storage;
    this.#id = id;
    this.#successor = storage.kv.get<string>(successorKey);
  }

  /** The name of the object that holds the database instead of this one. */
  get successor(): string | undefined {
    return this.#successor;
  }

  /** @throws DatabaseError MOVED, which says where to, if the database is no longer here. */
  check(): void {
    if (this.#successor !== undefined) throw movedTo(this.#successor, this.#id);
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
    this.#storage.kv.put(successorKey, successor);
    await this.#storage.sync();
    this.#successor = successor;
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

  async beginFilling(restoreId: string): Promise<void> {
    this.#storage.kv.put(fillingKey, restoreId);
  }

  /** From here on it is a database like any other. */
  finishFilling(): void {
    this.#storage.kv.delete(fillingKey);
  }

  /** To be called when everything was erased. */
  erased(): void {
    this.#successor = undefined;
  }
}
