import { describe, expect, it } from "vitest";
import { maxRedoBytes, maxValueBytes } from "../../src/limits.ts";
import type { TestDatabase } from "../support/in-database.ts";
import { inDatabase } from "../support/in-database.ts";

const large = new ArrayBuffer(maxValueBytes);
const enough = Math.ceil(maxRedoBytes / maxValueBytes) + 1;

async function withBlobs(database: TestDatabase) {
  const db = database.db();
  await db.exec("CREATE TABLE blob (id INTEGER PRIMARY KEY, data)");
  const insert = (id: number) => db.prepare("INSERT INTO blob VALUES (?, ?)").bind(id, large).run();
  const overflow = async () => {
    for (let id = 1; id <= enough; id++) await insert(id);
  };
  return { db, insert, overflow };
}

describe("a transaction that writes more than a redo log may hold", () => {
  it(
    "commits all of it",
    inDatabase(async (database) => {
      const { db, overflow } = await withBlobs(database);
      await db.transaction(overflow, { onError: "throw" });
      expect(await database.query("SELECT count(*), sum(length(data)) FROM blob")).toEqual([
        [enough, enough * maxValueBytes],
      ]);
    }),
  );

  it(
    "keeps the database over an external call",
    inDatabase(async (database) => {
      const { db, insert, overflow } = await withBlobs(database);
      await db.transaction(
        async () => {
          await overflow();
          await scheduler.wait(1);
          expect(database.engine.physicalOpen).toBe(true);
          await insert(enough + 1);
        },
        { onError: "throw" },
      );
      expect(await database.column("SELECT count(*) FROM blob")).toEqual([enough + 1]);
    }),
  );

  it(
    "is rolled back when it throws",
    inDatabase(async (database) => {
      const { db, overflow } = await withBlobs(database);
      const failing = db.transaction(
        async () => {
          await overflow();
          throw new Error("declined");
        },
        { onError: "throw" },
      );
      await expect(failing).rejects.toThrow("declined");
      expect(await database.column("SELECT count(*) FROM blob")).toEqual([0]);
    }),
  );

  it(
    "is undone as a whole, with NOT_REPLAYABLE, when a nested block of it fails",
    inDatabase(async (database) => {
      const { db, insert, overflow } = await withBlobs(database);
      const { error } = (await db.transaction(async () => {
        await overflow();
        await db.transaction(async () => {
          await insert(enough + 1);
          throw new Error("nested");
        });
        return {};
      })) as { error: Error };
      expect(error).toMatchObject({ code: "NOT_REPLAYABLE" });
      expect(await database.column("SELECT count(*) FROM blob")).toEqual([0]);
    }),
  );

  it(
    "starts a new log after rollback() and after commit(), and detaches again",
    inDatabase(async (database) => {
      const { db, insert, overflow } = await withBlobs(database);
      await db.transaction(
        async (txn) => {
          for (const end of [() => txn.rollback(), () => txn.commit()]) {
            await overflow();
            await end();
            await insert(100);
            await scheduler.wait(1);
            expect(database.engine.physicalOpen).toBe(false);
            await txn.rollback();
          }
        },
        { onError: "throw" },
      );
      expect(await database.column("SELECT count(*) FROM blob")).toEqual([enough]);
    }),
  );

  it(
    "leaves the turn that it shares first",
    inDatabase(async (database) => {
      const { db, overflow } = await withBlobs(database);
      await db.exec("CREATE TABLE t (a)");
      const neighbour = database.db().prepare("INSERT INTO t VALUES ('neighbour')").run();
      const failing = db.transaction(
        async () => {
          await overflow();
          throw new Error("declined");
        },
        { onError: "throw" },
      );
      await expect(failing).rejects.toThrow("declined");
      await neighbour;
      expect(await database.column("SELECT a FROM t")).toEqual(["neighbour"]);
      expect(await database.column("SELECT count(*) FROM blob")).toEqual([0]);
    }),
  );
});
