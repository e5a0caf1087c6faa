import { describe, expect, it } from "vitest";
import { inBareObject } from "../runtime-contract/bare-object.ts";
import { inDatabase } from "../support/in-database.ts";

const setUp = `CREATE TABLE t (id INTEGER PRIMARY KEY, a, b UNIQUE); CREATE INDEX by_a ON t (a);
  CREATE TABLE w (k); CREATE TABLE log (n); INSERT INTO t VALUES (1, 10, 1), (2, 20, 2)`;

const changesSchema = "ALTER TABLE w ADD COLUMN added DEFAULT 7";
/** Its failure makes SQLite compile the statements anew that the runtime keeps. */
const failsFirst = "UPDATE t SET b = 1";
/** Its failure makes SQLite forget that the transaction has changed the schema. */
const fails = "ALTER TABLE t DROP COLUMN a";
/** Any statement that makes SQLite load the schema again: the one that has not been committed. */
const loadsSchema = "INSERT INTO w (k) VALUES (1)";

describe("a schema change that is rolled back after another one has failed", () => {
  it("stays in the memory of the runtime's SQLite: the reason for the tests below", () =>
    inBareObject(async ({ storage }) => {
      storage.sql.exec(setUp).toArray();
      await storage.transaction(async (physical) => {
        storage.sql.exec(changesSchema).toArray();
        expect(() => storage.sql.exec(fails)).toThrow("after drop column");
        storage.sql.exec(loadsSchema).toArray();
        physical.rollback();
      });
      expect(() => storage.sql.exec(`${changesSchema} /* again */`)).toThrow("duplicate column name: added");
    }));

  it("is made again after a wait", () =>
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(setUp);
      await db.transaction(
        async () => {
          await db.prepare(changesSchema).run();
          await expect(db.prepare(failsFirst).run()).rejects.toThrow("UNIQUE");
          await expect(db.prepare(fails).run()).rejects.toThrow("after drop column");
          await db.prepare(loadsSchema).run();
          await scheduler.wait(1);
          await db.prepare("INSERT INTO w (k) VALUES (2)").run();
        },
        { onError: "throw" },
      );
      expect(await database.query("SELECT k, added FROM w")).toEqual([
        [1, 7],
        [2, 7],
      ]);
    })());

  it.each(["the whole transaction", "a nested one", "txn.rollback()", "a savepoint"])(
    "can be made by the next attempt: %s",
    (undone) =>
      inDatabase(async (database) => {
        const db = database.db();
        await db.exec(setUp);
        const attempt = async () => {
          await db.prepare(changesSchema).run();
          await expect(db.prepare(fails).run()).rejects.toThrow("after drop column");
          await db.prepare(loadsSchema).run();
        };
        // At once: whatever reads a table makes SQLite look at the file.
        const again = async () => {
          await db.prepare(changesSchema).run();
          await db.prepare("INSERT INTO w (k) VALUES (3)").run();
        };
        const undo = new Error("undo");
        if (undone === "the whole transaction") {
          await expect(
            db.transaction(
              async () => {
                await attempt();
                throw undo;
              },
              { onError: "throw" },
            ),
          ).rejects.toBe(undo);
          await again();
        } else {
          await db.transaction(
            async (txn) => {
              if (undone === "a nested one") {
                await expect(
                  db.transaction(
                    async () => {
                      await attempt();
                      throw undo;
                    },
                    { onError: "throw" },
                  ),
                ).rejects.toBe(undo);
              } else if (undone === "txn.rollback()") {
                await attempt();
                await txn.rollback();
              } else {
                await db.prepare("SAVEPOINT here").run();
                await attempt();
                await db.prepare("ROLLBACK TO here").run();
              }
              await again();
            },
            { onError: "throw" },
          );
        }
        expect(await database.query("SELECT k, added FROM w")).toEqual([[3, 7]]);
      })(),
  );

  it("can be made by the next batch and the next script", () =>
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(setUp);
      const statements = [changesSchema, loadsSchema, fails];
      // In one savepoint; the failing statement in one of its own, and something after it.
      await expect(
        db.batch([changesSchema, loadsSchema, fails, loadsSchema].map((text) => db.prepare(text))),
      ).rejects.toThrow("after drop column");
      await expect(db.exec(statements.join("; "))).rejects.toThrow("after drop column");
      await db.exec(`${changesSchema}; INSERT INTO w (k) VALUES (3)`);
      expect(await database.query("SELECT k, added FROM w")).toEqual([[3, 7]]);
    })());
});

describe("a statement that SQLite does not count", () => {
  it.each(["REINDEX", "ANALYZE", "ANALYZE t"])(
    "is replayed without a look at the counts of others: %s",
    (statement) =>
      inDatabase(async (database) => {
        const db = database.db();
        await db.exec(`${setUp}; ANALYZE`);
        await db.transaction(
          async () => {
            await db.prepare("INSERT INTO log VALUES (1), (2), (3)").run();
            await db.prepare(statement).run();
            await db.prepare("UPDATE log SET n = n + 1 WHERE n = 1").run();
            await scheduler.wait(1);
            await db.prepare(statement).run();
            await scheduler.wait(1);
            await db.prepare("INSERT INTO log VALUES (9)").run();
          },
          { onError: "throw" },
        );
        expect(await database.column("SELECT count(*) FROM log")).toEqual([4]);
      })(),
  );

  it.each(["REINDEX", "ANALYZE t"])("is replayed as the first one of its transaction: %s", (statement) =>
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(`${setUp}; ANALYZE; INSERT INTO log VALUES (1)`);
      await db.transaction(
        async () => {
          await db.prepare(statement).run();
          await db.prepare("INSERT INTO log VALUES (2), (3), (4)").run();
          await scheduler.wait(1);
          await db.prepare("INSERT INTO log VALUES (5)").run();
        },
        { onError: "throw" },
      );
      expect(await database.column("SELECT count(*) FROM log")).toEqual([5]);
    })(),
  );
});
