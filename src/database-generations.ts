import type { DatabaseAdminRpc } from "./admin-protocol.ts";

/** The part of a Durable Object namespace that opens objects by name. */
export interface GenerationNamespace {
  idFromName(name: string): DurableObjectId;
  get(id: DurableObjectId, options?: { locationHint?: string }): object;
}

/**
 * The objects that hold, or have held, one database: each restore fills a new one, the next generation. The first is where everybody
 * starts to look.
 */
export class DatabaseGenerations {
  readonly #namespace: GenerationNamespace;
  readonly #first: string;
  readonly #locationHint: string | undefined;

  /** @param first The name of the first object. */
  constructor(namespace: GenerationNamespace, first: string, locationHint?: string) {
    this.#namespace = namespace;
    this.#first = first;
    this.#locationHint = locationHint;
  }

  /** The very object of that name, whatever its place. */
  open(name: string): DatabaseAdminRpc {
    const options = this.#locationHint === undefined ? {} : { locationHint: this.#locationHint };
    return this.#namespace.get(this.#namespace.idFromName(name), options) as DatabaseAdminRpc;
  }

  /** The names of all, the oldest first: the last one holds the database. */
  async names(): Promise<string[]> {
    const names = [this.#first];
    for (;;) {
      const later = await this.open(names.at(-1)!).successors();
      const unknown = later.filter((name) => !names.includes(name));
      if (unknown.length === 0) return names;
      names.push(...unknown);
    }
  }

  /** Makes one hop lead from the first to the last, however many restores there were. */
  async shortenTheWay(): Promise<void> {
    const [first, ...successors] = await this.names();
    if (successors.length > 1) await this.open(first!).redirect(successors);
  }

  /**
   * Erases all of them, also one that a restore has just moved the database to. The newest first, so that what fails half-way can be
   * repeated; who remembers a later one is sent back to the first, which is the database again.
   */
  async erase(): Promise<void> {
    const names = await this.names();
    const erased = new Set<string>();
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const later = await this.#eraseObject(name);
      erased.add(name);
      names.push(
        ...later.filter((other) => !erased.has(other) && !names.includes(other) && other !== this.#first),
      );
    }
  }

  async #eraseObject(name: string): Promise<string[]> {
    const erase = () => (name === this.#first ? this.open(name).erase() : this.open(name).erase(this.#first));
    try {
      return await erase();
    } catch (error) {
      // It waited in the queue while the database moved away.
      if (!(error instanceof Error) || Reflect.get(error, "code") !== "MOVED") throw error;
      return erase();
    }
  }
}
