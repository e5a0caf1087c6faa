import { newGenerationOf } from "../errors.ts";
import { maxGenerationHops } from "../limits.ts";

/**
 * Where databases are that a restore has moved: the name of the object, by the id of the one that is asked first. Kept for all
 * links of the isolate. One who does not know yet is told by the objects that held the database before.
 */
const moves = new Map<string, string>();

/** Finds the object that holds a database now, from the one that held it first. */
export class GenerationTrail {
  readonly #namespace: Pick<DurableObjectNamespace, "idFromName">;
  readonly #first: DurableObjectId;
  readonly #key: string;
  #known: { name: string; id: DurableObjectId } | undefined;

  constructor(namespace: Pick<DurableObjectNamespace, "idFromName">, name: string) {
    this.#namespace = namespace;
    this.#first = namespace.idFromName(name);
    this.#key = this.#first.toString();
  }

  /** The newest object that is known. */
  get id(): DurableObjectId {
    if (moves.size === 0) return this.#first;
    const name = moves.get(this.#key);
    if (name === undefined) return this.#first;
    if (this.#known?.name !== name) this.#known = { name, id: this.#namespace.idFromName(name) };
    return this.#known.id;
  }

  /**
   * Learns from the failure of a call.
   *
   * @param asked The object that the call went to. What a procedure throws may tell of any other.
   * @returns Nothing was done there, and the call is to be sent to where {@link id} leads now.
   */
  follow(error: unknown, asked: DurableObjectId, hops: number): boolean {
    const name = newGenerationOf(error, asked.toString());
    if (name === undefined || hops >= maxGenerationHops) return false;
    moves.set(this.#key, name);
    return true;
  }
}
