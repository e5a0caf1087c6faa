import { DatabaseError, movedTo } from "../errors.ts";

/** Where the names of the objects are kept that have held the database since; the last one holds it now. */
const successorsKey = "d1-procedures:successors";

/** Where the names of the objects are kept that the database must not move to: their restores were given up. */
const refusedKey = "d1-procedures:refused-successors";

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

  /**
   * The switch. Durable when this resolves.
   *
   * @throws DatabaseError INVALID_ARGUMENT if it was refused.
   */
  async endWith(successor: string): Promise<void> {
    if (this.#refused.includes(successor)) {
      throw new DatabaseError("INVALID_ARGUMENT", "endWith(): this restore was given up. Nothing was done.");
    }
    await this.#keep([successor]);
  }

  /**
   * From here on the database does not move there, however late {@link endWith} comes. Looks and writes at once, as that does, so that
   * nothing comes in between.
   *
   * @returns False if it has moved there.
   */
  async refuse(successor: string): Promise<boolean> {
    if (this.hasEnded) return !this.#successors.includes(successor);
    this.#storage.kv.put(refusedKey, [...this.#refused, successor]);
    await this.#storage.sync();
    return true;
  }

  get #refused(): string[] {
    return this.#storage.kv.get<string[]>(refusedKey) ?? [];
  }

  /** @throws DatabaseError INVALID_ARGUMENT */
  async redirect(successors: readonly string[]): Promise<void> {
    if (!this.hasEnded) {
      throw new DatabaseError(
        "INVALID_ARGUMENT",
        "redirect() is for an object that has ended: this one holds the database. Nothing was done.",
      );
    }
    // In the order in which they came to be known: an older list must not lead back.
    await this.#keep([...this.#successors, ...successors.filter((name) => !this.#successors.includes(name))]);
  }

  async #keep(successors: readonly string[]): Promise<void> {
    this.#storage.kv.put(successorsKey, successors);
    // Before it is durable: from here on nobody may refuse it.
    this.#successors = successors;
    await this.#storage.sync();
  }

  /** To be called when everything was erased. */
  erased(): void {
    this.#successors = [];
  }
}
