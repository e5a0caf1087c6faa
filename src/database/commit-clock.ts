/** Where the epoch is kept, in the object's key-value storage: no table that SQL can see. */
const epochKey = "d1-procedures:epoch";

/**
 * Counts the commits of a database, and words each state as a bookmark: a string that is greater for a later
 * state, also after a restart.
 *
 * To write the count to disk with every commit would cost each of them a page. So each life of the object has
 * an epoch of its own, written once, with its first commit: greater than the last one written and not before
 * the clock, so that it also grows past epochs that a restore of an older state has taken back. Within a life
 * the count is kept in memory; before its first commit, the state is the last one of the epoch before.
 */
export class CommitClock {
  readonly #storage: DurableObjectStorage;
  readonly #databaseTag: string;
  #lastEpoch: number;
  #epoch: number;
  #commits = 0;

  /** @param databaseId The id of the Durable Object; its start closes each bookmark. */
  constructor(storage: DurableObjectStorage, databaseId: string) {
    this.#storage = storage;
    this.#databaseTag = databaseId.slice(0, 32);
    this.#lastEpoch = storage.kv.get<number>(epochKey) ?? 0;
    this.#epoch = epochAfter(this.#lastEpoch);
  }

  /** The state after the last commit. */
  get bookmark(): string {
    if (this.#commits === 0) return `${hex(this.#lastEpoch)}-ffffffff-ffffffff-${this.#databaseTag}`;
    const high = Math.floor(this.#commits / 2 ** 32);
    const low = this.#commits % 2 ** 32;
    return `${hex(this.#epoch)}-${hex(high)}-${hex(low)}-${this.#databaseTag}`;
  }

  /**
   * To be called when this database takes the place of another one, before anybody asks for its state: what comes is greater than
   * all bookmarks of that one, also if it restarts, and commits, in the next minute.
   *
   * @param bookmark The state of the other one.
   */
  advancePast(bookmark: string): void {
    // What is no bookmark counts as the oldest.
    const other = Number.parseInt(String(bookmark).slice(0, 8), 16) || 0;
    const epoch = Math.max(other, Math.floor(Date.now() / 1_000)) + 60;
    this.#storage.kv.put(epochKey, epoch);
    this.#lastEpoch = epoch;
    this.#epoch = epochAfter(epoch);
    this.#commits = 0;
  }

  /** To be called inside each physical transaction, before anything else. */
  physicalStarted(): void {
    if (this.#commits === 0) this.#storage.kv.put(epochKey, this.#epoch);
  }

  /** To be called when everything was erased, the epoch on disk too. */
  erased(): void {
    this.#lastEpoch = this.#epoch;
    this.#epoch = epochAfter(this.#lastEpoch);
    this.#commits = 0;
  }

  /** To be called when a physical transaction has committed. */
  committed(): void {
    this.#commits++;
  }
}

function epochAfter(epoch: number): number {
  return Math.max(epoch + 1, Math.floor(Date.now() / 1_000));
}

/** Eight digits: seconds since 1970 fit until 2106. */
function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
