import { describe, expect, it } from "vitest";
import { type PointInTimeStorage, TimeTravel } from "../../src/database/time-travel.ts";
import { timeTravelMs } from "../../src/limits.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";

const current = "0000007b-0000b26e-00001538-0c3e87bb37b3db5cc52eedb93cd3b96b";
const earlier = "00000012-00000003-00001500-1c3e87bb37b3db5cc52eedb93cd3b96b";
const previous = "0000007b-0000b26f-00001538-2c3e87bb37b3db5cc52eedb93cd3b96b";

/** A storage with a history, as production has it: this one tells what it was asked. */
function history(over: Partial<PointInTimeStorage> = {}) {
  const asked: unknown[] = [];
  const kept = new Map<string, unknown>();
  const storage: PointInTimeStorage = {
    getCurrentBookmark: async () => current,
    getBookmarkForTime: async (timestamp) => {
      asked.push(timestamp);
      return earlier;
    },
    onNextSessionRestoreBookmark: async (bookmark) => {
      asked.push(bookmark);
      return previous;
    },
    kv: { get: (key: string) => kept.get(key), put: kept.set.bind(kept) } as unknown as SyncKvStorage,
    ...over,
  };
  return { storage, asked };
}

/** Time Travel whose restart is noted, and does not happen. */
function timeTravel(database: TestDatabase, storage: PointInTimeStorage = history().storage) {
  const restarts: string[] = [];
  const travel = new TimeTravel(storage, {
    exclusively: (task) => database.engine.exclusively(task),
    restart: (reason) => restarts.push(reason),
  });
  return { travel, restarts };
}

describe("Time Travel where the platform keeps no history", () => {
  it(
    "says so whatever is asked, and names the export and the backups",
    inDatabase(async (database) => {
      await database.query("CREATE TABLE t (a)");
      const { travel, restarts } = timeTravel(database, database.state.storage);
      for (const ask of [
        () => travel.bookmark(),
        () => travel.bookmark(Date.now() - 1_000),
        () => travel.restore(current),
      ]) {
        const error = await ask().catch((error: unknown) => error);
        expect(error).toMatchObject({ code: "NO_TIME_TRAVEL" });
        expect((error as Error).message).toMatch(/wrangler d1 export.*backups in R2/);
        expect((error as Error).cause).toBeInstanceOf(Error);
      }
      expect(restarts).toEqual([]);
      await database.query("INSERT INTO t VALUES (1)");
    }),
  );
});

describe("the bookmark of a point in time", () => {
  it(
    "is the current one, unless a time is given",
    inDatabase(async (database) => {
      const { storage, asked } = history();
      const { travel } = timeTravel(database, storage);
      expect(await travel.bookmark()).toBe(current);
      const lastMinute = Date.now() - 60_000;
      expect(await travel.bookmark(lastMinute)).toBe(earlier);
      expect(asked.at(-1)).toBe(lastMinute);
      expect(await travel.bookmark(Date.now() - timeTravelMs + 60_000)).toBe(earlier);
    }),
  );

  it(
    "is the current one of a database too young to have another",
    inDatabase(async (database) => {
      const { storage } = history({ getBookmarkForTime: () => Promise.reject(new Error("no bookmark yet")) });
      const { travel } = timeTravel(database, storage);
      expect(await travel.bookmark()).toBe(current);
      await expect(travel.bookmark(Date.now() - 1)).rejects.toThrow("no bookmark yet");
    }),
  );

  it.each([
    ["in the future", () => Date.now() + 60_000, /^The time .* is in the future; it is \d{4}-.* now\.$/],
    ["too long ago", () => Date.now() - timeTravelMs - 60_000, /too long ago: states are kept for 30 days/],
    ["1970", () => 0, /1970-01-01T00:00:00.000Z is too long ago/],
    ["beyond every date", () => Number.MAX_SAFE_INTEGER, /9007199254740991 ms is in the future/],
    ["no number", () => Number.NaN, /milliseconds since 1970/],
    ["infinite", () => Number.NEGATIVE_INFINITY, /milliseconds since 1970/],
    ["a text", () => "2026-11-21" as unknown as number, /milliseconds since 1970/],
    ["null", () => null as unknown as number, /milliseconds since 1970/],
  ])("is refused for a time that is %s, before the platform is asked", async (_what, time, message) => {
    await inDatabase(async (database) => {
      const { storage, asked } = history();
      const error = await timeTravel(database, storage)
        .travel.bookmark(time())
        .catch((error: unknown) => error);
      expect(error).toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) });
      expect(asked).toEqual([]);
    })();
  });
});

describe("a restore", () => {
  it(
    "answers with the bookmark that undoes it, and restarts the object afterwards",
    inDatabase(async (database) => {
      const { storage, asked } = history();
      const { travel, restarts } = timeTravel(database, storage);
      expect(await travel.restore(earlier)).toEqual({ bookmark: earlier, previousBookmark: previous });
      expect(asked).toEqual([earlier]);
      expect(restarts).toEqual([]);
      // The next in the queue: it is the turn of it when the restart has been asked for.
      await database.engine.exclusively(async () => {});
      expect(restarts).toEqual([expect.stringContaining("taken back to an earlier state")]);
    }),
  );

  it(
    "waits for the transaction that is open, so that its end belongs to the state before",
    inDatabase(async (database) => {
      await database.query("CREATE TABLE t (a)");
      const rowsAtRestore: unknown[] = [];
      const { storage } = history({
        onNextSessionRestoreBookmark: async () => {
          rowsAtRestore.push(...database.state.storage.sql.exec("SELECT a FROM t").toArray());
          return previous;
        },
      });
      const { travel } = timeTravel(database, storage);
      const db = database.db();
      const transaction = db.transaction(async () => {
        await db.prepare("INSERT INTO t VALUES ('before')").run();
        await scheduler.wait(20);
      });
      await scheduler.wait(1);
      await Promise.all([transaction, travel.restore(earlier)]);
      expect(rowsAtRestore).toEqual([{ a: "before" }]);
    }),
  );

  it(
    "lets nothing be written between its answer and the restart, while reads go on",
    inDatabase(async (database) => {
      await database.query("CREATE TABLE t (a)");
      const { travel, restarts } = timeTravel(database);
      await travel.restore(earlier);
      const restartsAtWrite = database
        .query("INSERT INTO t VALUES ('acknowledged')")
        .then(() => restarts.length);
      expect(await database.column("SELECT count(*) FROM t")).toEqual([0]);
      expect(restarts).toEqual([]);
      expect(await restartsAtWrite).toBe(1);
    }),
  );

  it(
    "that the platform refuses fails with its words, restarts nothing and holds nobody up",
    inDatabase(async (database) => {
      const { storage } = history({
        onNextSessionRestoreBookmark: () => Promise.reject(new Error("the bookmark is unknown")),
      });
      const { travel, restarts } = timeTravel(database, storage);
      await expect(travel.restore(earlier)).rejects.toThrow("the bookmark is unknown");
      await database.query("CREATE TABLE t (a)");
      expect(restarts).toEqual([]);
    }),
  );

  it.each([
    ["empty", ""],
    ["one of a session", "first-primary"],
    ["too long", `${earlier}0`],
    ["in upper case", earlier.toUpperCase()],
    ["two lines", `${earlier}\n${earlier}`],
    ["followed by a line", `${earlier}\n`],
    ["no text", { toString: () => earlier } as unknown as string],
    ["missing", undefined as unknown as string],
  ])("refuses a bookmark that is %s, before anything happens", async (_what, bookmark) => {
    await inDatabase(async (database) => {
      const { storage, asked } = history();
      const { travel, restarts } = timeTravel(database, storage);
      const error = await travel.restore(bookmark).catch((error: unknown) => error);
      expect(error).toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining("wrangler d1 time-travel info"),
      });
      expect([asked, restarts]).toEqual([[], []]);
    })();
  });
});

describe("the history of a database that a restore has made", () => {
  it(
    "begins with the restore: what the object was before is no state of the database",
    inDatabase(async (database) => {
      const later = "0000007b-0000b26f-00001538-9c3e87bb37b3db5cc52eedb93cd3b96b";
      const { storage, asked } = history();
      const { travel, restarts } = timeTravel(database, storage);
      const before = Date.now() - 60_000;
      await travel.beginsHere();
      await expect(travel.bookmark(before)).rejects.toMatchObject({
        code: "NO_TIME_TRAVEL",
        message: expect.stringContaining("goes back no further. Restore a backup"),
      });
      await expect(travel.restore(earlier)).rejects.toMatchObject({ code: "NO_TIME_TRAVEL" });
      expect(asked).not.toContain(earlier);
      expect(restarts).toEqual([]);
      expect(await travel.restore(later)).toMatchObject({ bookmark: later });
    }),
  );
});
