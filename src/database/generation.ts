import { DatabaseError, movedTo } from "../errors.ts";

/** Where the name of the object is kept that holds the database now. */
const successorKey = "d1-procedures:successor";

/**
 * Whether this object holds the database. A restore fills a new object, a new generation of the database, and then switches
 * to it with one write in the old one, which from then on only tells where the database is.
 */
export class Generation {
  readonly #storage: DurableObjectStorage;
  #successor: string | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#successor = storage.kv.get<string>(successorKey);
  }

  /** The name of the object that holds the database instead of this one. */
  get successor(): string | undefined {
    return this.#successor;
  }

  /** @throws DatabaseError MOVED, which says where to, if the database is no longer here. */
  check(): void {
    if (this.#successor !== undefined) throw movedTo(this.#successor);
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

  /** The switch. Durable when this resolves. */
  async endWith(successor: string): Promise<void> {
    this.#storage.kv.put(successorKey, successor);
    await this.#storage.sync();
    this.#successor = successor;
  }

  /** To be called when everything was erased. */
  erased(): void {
    this.#successor = undefined;
  }
}
