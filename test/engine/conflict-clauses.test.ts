import { describe, expect, it } from "vitest";
import type { ProcedureDatabase } from "../../src/procedures.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";

async function withItems(database: TestDatabase): Promise<ProcedureDatabase> {
  const db = database.db();
  await db.exec(`
    CREATE TABLE item (n INTEGER PRIMARY KEY);
    CREATE TABLE strict_item (n INTEGER PRIMARY KEY ON CONFLICT ROLLBACK);
    CREATE TABLE partial_item (n INTEGER PRIMARY KEY ON CONFLICT FAIL);
    CREATE TABLE guarded (n INTEGER);
    CREATE TABLE half_guarded (n INTEGER);
    CREATE TRIGGER guard BEFORE INSERT ON guarded WHEN new.n < 0
      BEGIN SELECT RAISE(ROLLBACK, 'negative'); END;
    CREATE TRIGGER half_guard AFTER INSERT ON half_guarded WHEN new.n < 0
      BEGIN INSERT INTO item VALUES (77); SELECT RAISE(FAIL, 'negative'); END;
    INSERT INTO item VALUES (1);
  `);
  return db;
}

const items = (database: TestDatabase) => database.column("SELECT n FROM item ORDER BY n");

describe("a statement that would end the physical transaction", () => {
  const statements = [
    "INSERT OR ROLLBACK INTO item VALUES (1)",
    "UPDATE OR ROLLBACK item SET n = 1",
    "INSERT INTO strict_item VALUES (1)",
    "INSERT INTO guarded VALUES (-1)",
    "INSERT INTO guarded VALUES (1)",
  ];

  it.each(statements)("is refused before it runs, and the transaction goes on: %s", async (sql) =>
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async () => {
        await db.prepare("INSERT INTO item VALUES (2)").run();
        await expect(db.prepare(sql).run()).rejects.toMatchObject({
          code: "STATEMENT_REFUSED",
          message: expect.stringContaining("ROLLBACK"),
        });
        await db.prepare("INSERT INTO item VALUES (3)").run();
      });
      expect(await items(database)).toEqual([1, 2, 3]);
      const { error } = await db.transaction(async () => {
        await db.prepare("INSERT INTO item VALUES (4)").run();
        await db.prepare(sql).run();
        return { done: true };
      });
      expect(error).toMatchObject({ code: "STATEMENT_REFUSED" });
      await expect(database.query(sql)).rejects.toMatchObject({ code: "STATEMENT_REFUSED" });
      expect(await items(database)).toEqual([1, 2, 3]);
    })(),
  );
});

describe("a statement that fails in part", () => {
  const statements = [
    "INSERT OR FAIL INTO item VALUES (8), (9), (1)",
    "INSERT INTO half_guarded VALUES (8), (-1)",
    "INSERT INTO partial_item VALUES (8), (9), (8)",
  ];

  it.each(statements)("leaves nothing behind, alone or in a transaction: %s", async (sql) =>
    inDatabase(async (database) => {
      const db = await withItems(database);
      await expect(database.query(sql)).rejects.toThrow();
      await db.transaction(async () => {
        await db.prepare("INSERT INTO item VALUES (2)").run();
        await expect(db.prepare(sql).run()).rejects.toThrow();
        const { meta } = await db.prepare("INSERT INTO item VALUES (3)").run();
        expect(meta.changes).toBe(1);
        // The replay checks every count against what was told here.
        await scheduler.wait(1);
        await expect(db.prepare(sql).run()).rejects.toThrow();
        await db.prepare("INSERT INTO item VALUES (4)").run();
      });
      expect(await items(database)).toEqual([1, 2, 3, 4]);
      expect(await database.query("SELECT * FROM half_guarded UNION ALL SELECT * FROM partial_item")).toEqual(
        [],
      );
    })(),
  );
});

describe("the other conflict clauses", () => {
  it(
    "IGNORE, REPLACE and ABORT do what SQLite says, across an external wait",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async () => {
        await db.prepare("INSERT OR IGNORE INTO item VALUES (1), (2)").run();
        await db.prepare("INSERT OR REPLACE INTO item VALUES (2), (3)").run();
        await expect(db.prepare("INSERT OR ABORT INTO item VALUES (4), (1)").run()).rejects.toThrow("UNIQUE");
        await scheduler.wait(1);
        await db.prepare("INSERT INTO item VALUES (2) ON CONFLICT DO NOTHING").run();
      });
      expect(await items(database)).toEqual([1, 2, 3]);
    }),
  );
});
