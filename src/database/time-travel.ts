import { DatabaseError, messageOf } from "../errors.ts";
import { timeTravelMs } from "../limits.ts";
import { type RestartHost, restartAfter } from "./restart.ts";

/** The part of a Durable Object's storage that keeps its history. */
export type PointInTimeStorage = Pick<
  DurableObjectStorage,
  "getCurrentBookmark" | "getBookmarkForTime" | "onNextSessionRestoreBookmark" | "kv"
>;

/** What a restore tells. */
export interface Restored {
  bookmark: string;
  /** The state before it. To restore this one undoes it. */
  previousBookmark: string;
}

/** Where the beginning is kept of a database that a restore has made. */
const beginningKey = "d1-procedures:beginning";

interface Beginning {
  /** Milliseconds since 1970. */
  ms: number;
  /** Where the platform has one. */
  bookmark: string | undefined;
}

/** As the platform writes them: its own, not those that sessions carry. */
const bookmarkPattern = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/;

/** Takes the database back to a state that it had, as far as the platform keeps its history. */
export class TimeTravel {
  readonly #storage: PointInTimeStorage;
  readonly #host: RestartHost;

  constructor(storage: PointInTimeStorage, host: RestartHost) {
    this.#storage = storage;
    this.#host = host;
  }

  /**
   * The bookmark of a point in time.
   *
   * @param timestampMs Milliseconds since 1970. Default: now.
   * @throws DatabaseError NO_TIME_TRAVEL; INVALID_ARGUMENT for a time of which no state is kept.
   */
  async bookmark(timestampMs?: number): Promise<string> {
    if (timestampMs === undefined) return this.#current();
    checkTimestamp(timestampMs);
    const beginning = this.#beginning;
    if (beginning !== undefined && timestampMs < beginning.ms) throw beforeTheBeginning(beginning);
    return this.#ask((storage) => storage.getBookmarkForTime(timestampMs));
  }

  /** What the object has been before is no state of the database: a backup was being restored into it. */
  async beginsHere(): Promise<void> {
    const ms = Date.now();
    const bookmark = await this.#current().catch(() => undefined);
    this.#storage.kv.put(beginningKey, { ms, bookmark });
  }

  get #beginning(): Beginning | undefined {
    return this.#storage.kv.get<Beginning>(beginningKey);
  }

  /** A platform without a history has a current bookmark all the same, which leads nowhere. It fails for a time only. */
  async #current(): Promise<string> {
    try {
      await this.#ask((storage) => storage.getBookmarkForTime(Date.now()));
    } catch (error) {
      // Any other failure is of a time that nobody has asked for.
      if (error instanceof DatabaseError) throw error;
    }
    return this.#ask((storage) => storage.getCurrentBookmark());
  }

  /**
   * Has the object start anew with the state of a bookmark. What writes now is finished first, and what waits to write
   * fails: after this, nothing is acknowledged that the restore would undo. Reads see the state before it until then.
   *
   * @throws DatabaseError NO_TIME_TRAVEL, INVALID_ARGUMENT; OVERLOADED and QUEUE_TIMEOUT, as a write does.
   */
  async restore(bookmark: string): Promise<Restored> {
    checkBookmark(bookmark);
    const beginning = this.#beginning;
    // They sort as the states do.
    if (beginning?.bookmark !== undefined && bookmark < beginning.bookmark)
      throw beforeTheBeginning(beginning);
    const restore = async () => {
      const previousBookmark = await this.#ask((storage) => storage.onNextSessionRestoreBookmark(bookmark));
      return { bookmark, previousBookmark };
    };
    return restartAfter(
      this.#host,
      restore,
      "The database was taken back to an earlier state. What was under way has failed, and was not done; try it again.",
    );
  }

  async #ask(question: (storage: PointInTimeStorage) => Promise<string>): Promise<string> {
    try {
      return await question(this.#storage);
    } catch (error) {
      if (/does not implement point-in-time recovery/.test(messageOf(error))) throw noTimeTravel(error);
      throw error;
    }
  }
}

function beforeTheBeginning({ ms }: Beginning): DatabaseError {
  return new DatabaseError(
    "NO_TIME_TRAVEL",
    `The database is what a restore has made of it at ${iso(ms)}, and the history of its object goes back no further. Restore a backup from before.`,
  );
}

function checkTimestamp(timestampMs: number): void {
  if (typeof timestampMs !== "number" || !Number.isFinite(timestampMs)) {
    throw invalid("timeTravelBookmark() expects a time in milliseconds since 1970");
  }
  const now = Date.now();
  if (timestampMs > now) {
    throw invalid(`The time ${iso(timestampMs)} is in the future; it is ${iso(now)} now`);
  }
  if (timestampMs < now - timeTravelMs) {
    const days = timeTravelMs / (24 * 3_600_000);
    throw invalid(
      `The time ${iso(timestampMs)} is too long ago: states are kept for ${days} days, since ${iso(now - timeTravelMs)}`,
    );
  }
}

function checkBookmark(bookmark: string): void {
  if (typeof bookmark === "string" && bookmarkPattern.test(bookmark)) return;
  throw invalid(
    "A bookmark of Time Travel has the form 00000000-00000000-00000000-00000000000000000000000000000000, in lower case. " +
      "`wrangler d1 time-travel info` tells the current one, and that of a time",
  );
}

/** Also of what no Date can hold: it may come from anybody. */
function iso(timestampMs: number): string {
  const date = new Date(timestampMs);
  return Number.isNaN(date.getTime()) ? `${timestampMs} ms` : date.toISOString();
}

function invalid(message: string): DatabaseError {
  return new DatabaseError("INVALID_ARGUMENT", `${message}.`);
}

function noTimeTravel(cause: unknown): DatabaseError {
  return new DatabaseError(
    "NO_TIME_TRAVEL",
    "There is no Time Travel here: the platform keeps no history of this database, as a local one (`wrangler dev`) " +
      "never does. Take an export (`wrangler d1 export`) and import it again, or use the backups in R2.",
    { cause },
  );
}
