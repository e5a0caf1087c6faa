import { describe, expect, it } from "vitest";
import type { ProcedureDatabase } from "../../src/procedures.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";

/** A parent whose rows are children's parents: what a table rebuild must not cascade-delete. */
async function withFamily(database: TestDatabase): Promise<ProcedureDatabase> {
  const db = database.db();
  await db.exec(`
    CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parent ON DELETE CASCADE);
    INSERT INTO parent VALUES (1, 'a'), (2, 'b');
    INSERT INTO child VALUES (10, 1), (11, 1), (20, 2);
  `);
  return db;
}

/** As SQLite's documentation and drizzle-kit write it. */
const rebuild = [
  "CREATE TABLE __new_parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
  "INSERT INTO __new_parent SELECT id, name FROM parent",
  "DROP TABLE parent",
  "ALTER TABLE __new_parent RENAME TO parent",
];
const rebuildScript = `PRAGMA foreign_keys=OFF;\n${rebuild.join(";\n")};\nPRAGMA foreign_keys=ON;`;

const isEnforced = async (database: TestDatabase) => (await database.column("PRAGMA foreign_keys"))[0] === 1;
const childCount = async (database: TestDatabase) => (await database.column("SELECT count(*) FROM child"))[0];

describe("a script with PRAGMA foreign_keys=OFF", () => {
  it(
    "rebuilds a table without deleting the rows that refer to it",
    inDatabase(async (database) => {
      const db = await withFamily(database);
      await db.exec(rebuildScript);
      expect(await childCount(database)).toBe(3);
      expect(await database.query("PRAGMA foreign_key_check")).toEqual([]);
      expect(await database.column("SELECT sql FROM sqlite_schema WHERE name = 'parent'")).toEqual([
        expect.stringContaining("NOT NULL"),
      ]);
    }),
  );

  it(
    "may come as a batch, as Drizzle's migrator sends it",
    inDatabase(async (database) => {
      const db = await withFamily(database);
      await db.batch(
        ["PRAGMA foreign_keys=OFF;", ...rebuild, "PRAGMA foreign_keys=ON;"].map((sql) => db.prepare(sql)),
      );
      expect(await childCount(database)).toBe(3);
    }),
  );

  it(
    "may have the pragma anywhere, because a file of several migrations has it in the middle",
    inDatabase(async (database) => {
      const db = await withFamily(database);
      await db.exec(`CREATE TABLE other (id INTEGER PRIMARY KEY);\n${rebuildScript}`);
      expect(await childCount(database)).toBe(3);
    }),
  );

  it.each([
    "pragma foreign_keys = off",
    "PRAGMA foreign_keys(0)",
    "PRAGMA main.foreign_keys = 'false'",
    "/* first */ PRAGMA foreign_keys = NO",
    '-- note\nPRAGMA foreign_keys = "OFF"',
  ])("may write the pragma as %j", async (pragma) =>
    inDatabase(async (database) => {
      const db = await withFamily(database);
      await db.exec([pragma, ...rebuild].join(";\n"));
      expect(await childCount(database)).toBe(3);
      expect(await isEnforced(database)).toBe(true);
    })(),
  );

  it(
    "leaves enforcement on for everybody after it, whether it succeeds or fails",
    inDatabase(async (database) => {
      const db = await withFamily(database);
      const orphan = () => db.exec("INSERT INTO child VALUES (30, 99)");
      await db.exec(rebuildScript);
      await expect(orphan()).rejects.toThrow("FOREIGN KEY constraint failed");
      await expect(db.exec(`PRAGMA foreign_keys=OFF; SELECT * FROM missing`)).rejects.toThrow(
        "no such table",
      );
      await expect(orphan()).rejects.toThrow("FOREIGN KEY constraint failed");
      expect(await isEnforced(database)).toBe(true);
      await db.exec("DELETE FROM parent WHERE id = 1");
      expect(await childCount(database)).toBe(1);
    }),
  );

  it(
    "leaves enforcement on for the writes that wait before and behind it",
    inDatabase(async (database) => {
      const db = await withFamily(database);
      const results = await Promise.allSettled([
        db.exec("INSERT INTO child VALUES (30, 99)"),
        db.exec(rebuildScript),
        db.exec("INSERT INTO child VALUES (31, 99)"),
        db.transaction(() => db.prepare("INSERT INTO child VALUES (32, 99)").run(), { onError: "throw" }),
      ]);
      expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected", "rejected"]);
      expect(await childCount(database)).toBe(3);
    }),
  );

  it(
    "keeps nothing of a script that leaves a row referring to nothing, and says which",
    inDatabase(async (database) => {
      const db = await withFamily(database);
      const script = "PRAGMA foreign_keys=OFF; DELETE FROM parent WHERE id = 2; CREATE TABLE t (x)";
      const error = await db.exec(script).catch((thrown: Error) => thrown);
      expect(error).toMatchObject({
        message: expect.stringContaining('the row with rowid 20 of "child" refers to a row of "parent"'),
        code: "SQLITE_CONSTRAINT_FOREIGNKEY",
      });
      expect(await database.column("SELECT id FROM parent")).toEqual([1, 2]);
      expect(await database.query("SELECT name FROM sqlite_schema WHERE name = 't'")).toEqual([]);
    }),
  );

  it(
    "is checked whatever a user calls his tables",
    inDatabase(async (database) => {
      const db = await withFamily(database);
      await db.exec(
        'CREATE VIEW pragma_foreign_key_check AS SELECT 1 AS "table", 1 AS rowid, 1 AS parent WHERE 0',
      );
      const orphan = db.exec("PRAGMA foreign_keys=OFF; INSERT INTO child VALUES (30, 99)");
      await expect(orphan).rejects.toThrow("FOREIGN KEY constraint failed");
      expect(await childCount(database)).toBe(3);
    }),
  );

  it(
    "fails in D1's words when a key refers to columns that are not unique",
    inDatabase(async (database) => {
      const db = await withFamily(database);
      const script = "PRAGMA foreign_keys=OFF; CREATE TABLE other (name REFERENCES parent (name));";
      const mismatch = db.exec(`${script} INSERT INTO other VALUES ('a')`);
      await expect(mismatch).rejects.toThrow('D1_ERROR: foreign key mismatch - "other" referencing "parent"');
    }),
  );

  it(
    "does not keep readers waiting, nor shows them what is not committed",
    inDatabase(async (database) => {
      const db = await withFamily(database);
      const migration = db.exec(rebuildScript);
      const during = database.column("SELECT count(*) FROM parent");
      expect(await during).toEqual([2]);
      await migration;
    }),
  );

  it(
    "waits for a transaction that is open",
    inDatabase(async (database) => {
      const db = await withFamily(database);
      const transaction = db.transaction(async () => {
        await db.prepare("INSERT INTO parent VALUES (3, 'c')").run();
        await scheduler.wait(20);
        await db.prepare("INSERT INTO child VALUES (30, 3)").run();
        return {};
      });
      await scheduler.wait(5);
      await database.db().exec(rebuildScript);
      expect((await transaction).error).toBeUndefined();
      expect(await childCount(database)).toBe(4);
      expect(await database.column("SELECT count(*) FROM parent")).toEqual([3]);
    }),
  );
});

describe("PRAGMA foreign_keys=OFF elsewhere", () => {
  it(
    "does nothing as a statement of its own: the next statement is another transaction",
    inDatabase(async (database) => {
      const db = await withFamily(database);
      await db.prepare("PRAGMA foreign_keys=OFF").run();
      expect(await isEnforced(database)).toBe(true);
      await db.prepare("DELETE FROM parent").run();
      expect(await childCount(database)).toBe(0);
    }),
  );

  it(
    "does nothing inside a transaction, as in SQLite",
    inDatabase(async (database) => {
      const db = await withFamily(database);
      await db.transaction(async () => {
        await db.exec("PRAGMA foreign_keys=OFF; DELETE FROM parent");
        return {};
      });
      expect(await childCount(database)).toBe(0);
    }),
  );
});
