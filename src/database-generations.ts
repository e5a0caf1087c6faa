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
   * Erases all of them. The newest first, so that what fails half-way can be repeated; who remembers a later one is sent back to the
   * first, which is the database again.
   */
  async erase(): Promise<void> {
    for (const name of (await this.names()).reverse()) {
      await (name === this.#first ? this.open(name).erase() : this.open(name).erase(this.#first));
    }
  }
}
