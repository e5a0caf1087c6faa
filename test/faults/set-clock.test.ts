/** A clock that is set while something waits: an hour back must not make it wait for an hour, one forward must only make it fail earlier. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { BackupStore } from "../../src/backup/backup-store.ts";
import { pruneBackups } from "../../src/backup/prune-backups.ts";
import { CallScope } from "../../src/database/call-scope.ts";
import { Engine } from "../../src/database/engine.ts";
import { JobQueue } from "../../src/database/job-queue.ts";
import { ScopedDatabase } from "../../src/database/procedure-database.ts";
import { stored } from "../backup/backups.ts";
import { inDatabase } from "../support/in-database.ts";
import { insert, names, withItems } from "../support/items.ts";
import { shiftedClock } from "../support/shifted-clock.ts";

const hourMs = 3_600_000;
const timedOut = { error: { code: "TRANSACTION_TIMEOUT" } };

describe.each([
  ["an hour back", -hourMs],
  ["an hour forward", hourMs],
])("a clock that is set %s", (_how, shiftMs) => {
  it(
    "ends a transaction that hangs, and lets the next one go on",
    inDatabase(async (database) => {
      using clock = shiftedClock();
      const db = await withItems(database);
      const hanging = db.transaction(
        async () => {
          await insert(db, "undone");
          await scheduler.wait(1);
          clock.shift(shiftMs);
          await insert(db, "undone");
          await new Promise(() => {});
        },
        { timeoutMs: 200 },
      );
      expect(await hanging).toMatchObject(timedOut);
      await insert(database.db(), "next");
      expect(await names(database)).toEqual(["next"]);
    }),
  );

  it(
    "ends a callback that talks SQL without a pause",
    inDatabase(async (database) => {
      using clock = shiftedClock();
      const db = await withItems(database);
      const result = await db.transaction(
        async () => {
          for (let n = 0; n < 300_000; n++) {
            if (n === 100) clock.shift(shiftMs);
            await insert(db, "undone");
          }
          return { ended: false };
        },
        { timeoutMs: 100 },
      );
      expect(result).toMatchObject(timedOut);
      expect(await names(database)).toEqual([]);
    }),
  );

  it(
    "ends a pinned transaction that hangs",
    inDatabase(async (database) => {
      using clock = shiftedClock();
      const db = await withItems(database);
      const hanging = db.transaction(
        async () => {
          await db.exec("INSERT INTO item SELECT random() FROM (VALUES (1), (2))");
          await db.prepare("SELECT name FROM item").all();
          clock.shift(shiftMs);
          await new Promise(() => {});
        },
        { timeoutMs: 100 },
      );
      expect(await hanging).toMatchObject(timedOut);
      expect(await names(database)).toEqual([]);
    }),
  );

  it(
    "fails those who wait too long for the mutex, and does nothing of theirs",
    inDatabase(async ({ state }) => {
      using clock = shiftedClock();
      const engine = new Engine(state.storage, "database", { queue: new JobQueue({ timeoutMs: 100 }) });
      const db = () => new ScopedDatabase(new CallScope(engine, "database"));
      await db().exec("CREATE TABLE item (name TEXT)");
      const free = Promise.withResolvers<void>();
      const holder = db().transaction(() => free.promise);
      await scheduler.wait(1);
      const waiting = Promise.allSettled([
        insert(db(), "first"),
        insert(db(), "second"),
        insert(db(), "third"),
      ]);
      clock.shift(shiftMs);
      const refused = { status: "rejected", reason: { code: "QUEUE_TIMEOUT" } };
      expect(await waiting).toMatchObject([refused, refused, refused]);
      free.resolve();
      await holder;
      await insert(db(), "next");
      expect(await db().prepare("SELECT name FROM item").raw()).toEqual([["next"]]);
    }),
  );
});

describe("a clock that is set back", () => {
  it(
    "does not end a transaction that is quick, nor those who wait for it",
    inDatabase(async (database) => {
      using clock = shiftedClock();
      const db = await withItems(database);
      const quick = db.transaction(async () => {
        await insert(db, "quick");
        clock.shift(-hourMs);
        await scheduler.wait(1);
        await insert(db, "quick again");
        return { done: true };
      });
      await insert(database.db(), "next");
      expect(await quick).toEqual({ done: true });
      expect(await names(database)).toEqual(["quick", "quick again", "next"]);
    }),
  );

  it(
    "counts statements in the hour that it shows from then on",
    inDatabase(async (database) => {
      using clock = shiftedClock();
      const hourOf = (ms: number) => ms - (ms % hourMs);
      // Not at the end of an hour, which might begin between the statement and the question for it.
      clock.shift(hourMs / 2 - (Date.now() % hourMs));
      await database.query("SELECT 'before'");
      const before = hourOf(Date.now());
      clock.shift(-24 * hourMs);
      await database.query("SELECT 'after'");
      const insights = database.engine.runner.insights.between(0, Number.MAX_SAFE_INTEGER);
      expect(insights.map(({ query, hourMs }) => [query, hourMs])).toEqual([
        ["SELECT 'before'", before],
        ["SELECT 'after'", before - 24 * hourMs],
      ]);
    }),
  );

  it("leaves the newest backups of the past alone: one from the future is kept and does not count", async () => {
    const database_uuid = crypto.randomUUID();
    const store = new BackupStore(env.BACKUPS);
    const now = Date.parse("2026-11-21T14:30:00.000Z");
    const take = async (ms: number) =>
      (await stored("SELECT 1", { database_uuid, taken_at: new Date(ms).toISOString(), reason: "schedule" }))
        .id;
    const future = [await take(now + 24 * hourMs), await take(now + 25 * hourMs)];
    const [older, newest] = [await take(now - hourMs), await take(now)];
    const { deleted } = await pruneBackups(store, database_uuid, { hourly: 1, daily: 0, monthly: 0 }, now);
    expect(deleted).toEqual([older]);
    expect(await store.ids(database_uuid)).toEqual([...future.toReversed(), newest]);
    // When their time has come they count like any other.
    const later = await pruneBackups(
      store,
      database_uuid,
      { hourly: 1, daily: 0, monthly: 0 },
      now + 48 * hourMs,
    );
    expect(later.deleted.toSorted()).toEqual([newest, future[0]].toSorted());
  });

  it("does not refuse imports for as long as it was set back", async () => {
    const uuid = crypto.randomUUID();
    const catalog = env.CATALOG.getByName(crypto.randomUUID());
    using clock = shiftedClock();
    expect(await catalog.beginImport(uuid)).toBe(true);
    expect(await catalog.beginImport(uuid)).toBe(false);
    clock.shift(-hourMs);
    expect(await catalog.beginImport(uuid)).toBe(true);
    expect(await catalog.beginImport(uuid)).toBe(false);
  });

  it("does not put off the sweep of old files", async () => {
    const catalog = env.CATALOG.getByName(crypto.randomUUID());
    const alarm = () => runInDurableObject(catalog, (_object, { storage }) => storage.getAlarm());
    using clock = shiftedClock();
    clock.shift(24 * hourMs);
    await catalog.sweepLater();
    const wrong = await alarm();
    clock.shift(-24 * hourMs);
    await catalog.sweepLater();
    expect(wrong! - (await alarm())!).toBeGreaterThan(23 * hourMs);
    const right = await alarm();
    await catalog.sweepLater();
    expect(await alarm()).toBe(right);
  });
});
