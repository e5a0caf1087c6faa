import { describe, expect, it } from "vitest";
import { Gate } from "../support/gate.ts";
import { inDatabase } from "../support/in-database.ts";
import { names, withItems } from "../support/sql-steps.ts";

describe("a prepared text of several statements", () => {
  it(
    "runs them all, gives the result of the last one and binds its parameters, as D1 does",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const { results } = await db
        .prepare("INSERT INTO item VALUES ('a'); SELECT name || ? AS name FROM item;")
        .bind("!")
        .all();
      expect(results).toEqual([{ name: "a!" }]);
    }),
  );

  it(
    "runs all or nothing, also inside a transaction that goes on",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const failing = db.prepare("INSERT INTO item VALUES ('a'); INSERT INTO missing VALUES ('b')");
      await expect(failing.run()).rejects.toThrow("no such table: missing");
      await db.transaction(async () => {
        await expect(failing.run()).rejects.toThrow("no such table: missing");
        await db.prepare("INSERT INTO item VALUES ('c'); INSERT INTO item VALUES ('d')").run();
        await scheduler.wait(5);
      });
      expect(await names(database)).toEqual(["c", "d"]);
    }),
  );

  it(
    "may create what a later one of them needs",
    inDatabase(async (database) => {
      const db = database.db();
      await db.prepare("CREATE TABLE t (a); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1)").run();
      expect(await db.prepare("SELECT a FROM t").first("a")).toBe(1);
    }),
  );

  it(
    "is refused when a parameter is for another than the last one",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const misplaced = db.prepare("INSERT INTO item VALUES (?); SELECT 1").bind("a");
      await expect(misplaced.run()).rejects.toThrow("only the last statement can have parameters");
      expect(await names(database)).toEqual([]);
    }),
  );

  it(
    "does not wait for an open transaction when all of them only read",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const gate = new Gate();
      const transaction = db.transaction(async () => {
        await db.prepare("INSERT INTO item VALUES ('a')").run();
        await gate.pass();
        return {};
      });
      await gate.reached();
      const read = database.db().prepare("SELECT 1; SELECT count(*) AS n FROM item");
      expect(await read.first("n")).toBe(0);
      gate.open();
      await transaction;
    }),
  );

  it(
    "may be one of a batch",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const two = db.prepare("INSERT INTO item VALUES ('a'); INSERT INTO item VALUES ('b')");
      expect(await db.batch([two, db.prepare("SELECT count(*) AS n FROM item")])).toMatchObject([
        { results: [] },
        { results: [{ n: 2 }] },
      ]);
    }),
  );
});

describe("exec()", () => {
  it(
    "takes a statement a line without semicolons, as D1 does",
    inDatabase(async (database) => {
      const db = database.db();
      const script =
        "CREATE TABLE a (x)\nCREATE TABLE b (x)\n\n-- both empty\r\nINSERT INTO a VALUES (1) -- one\n";
      expect(await db.exec(script)).toMatchObject({ count: 3 });
      expect(await db.prepare("SELECT x FROM a").first("x")).toBe(1);
    }),
  );

  it(
    "knows which of the lines failed, and keeps none",
    inDatabase(async (database) => {
      const db = database.db();
      const script = "CREATE TABLE a (x)\nINSERT INTO a VALUES (1)\n\nINSERT INTO z VALUES (3)";
      await expect(db.exec(script)).rejects.toThrow(
        "D1_EXEC_ERROR: Error in line 4: INSERT INTO z VALUES (3): no such table: z: SQLITE_ERROR",
      );
      expect(await database.query("SELECT name FROM sqlite_schema WHERE name = 'a'")).toEqual([]);
    }),
  );

  it(
    "does not take the lines of one statement for statements",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.exec("INSERT INTO item VALUES ('a'), ('b')");
      await db.exec("DELETE FROM item\nWHERE name = 'a'");
      expect(await names(database)).toEqual(["b"]);
      await expect(db.exec("CREATE TABLE t (\n  a TEXT,,\n  b TEXT\n)")).rejects.toThrow(
        'Error in line 1: CREATE TABLE t (\n  a TEXT,,\n  b TEXT\n): near ",": syntax error at offset 26',
      );
    }),
  );

  it.each(["", " \n", "-- nothing", ";"])("refuses a script without a statement: %j", async (script) =>
    inDatabase(async (database) => {
      await expect(database.db().exec(script)).rejects.toThrow("No SQL statements detected.");
    })(),
  );
});

describe("exec() of lines", () => {
  /** A cascade that must not strike, and a canary that no half-read comment may kill. */
  const family = `
    CREATE TABLE p (id INTEGER PRIMARY KEY);
    CREATE TABLE c (p REFERENCES p ON DELETE CASCADE);
    INSERT INTO p VALUES (1);
    INSERT INTO c VALUES (1);
  `;

  it(
    "does not cut inside comments and strings",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(family);
      for (const script of [
        "DELETE FROM c /* old:\nDELETE FROM p\n-- */ WHERE missing = 1",
        "DELETE FROM c /* old:\nDELETE FROM p\n-- */ WHER p = 1",
        "SELECT 'a\nDELETE FROM c\n' WHER 1",
      ]) {
        await expect(db.exec(script)).rejects.toThrow("D1_EXEC_ERROR: Error in line 1");
      }
      expect(await database.query("SELECT p.id, c.p FROM p, c")).toEqual([[1, 1]]);
    }),
  );

  it(
    "tells of the statement as it was written unless its lines are statements",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(family);
      await expect(db.exec("DELETE FROM c\nWHERE missing = 1")).rejects.toThrow("no such column: missing");
      await expect(db.exec("DELETE FROM c\nWHERE p = 1 ORDR BY p")).rejects.toThrow(
        'near "ORDR": syntax error',
      );
      expect(await database.query("SELECT p FROM c")).toEqual([[1]]);
    }),
  );

  it.each([
    [
      "a rebuild",
      "CREATE TABLE p2 (id INTEGER PRIMARY KEY)\nPRAGMA foreign_keys=OFF\nINSERT INTO p2 SELECT * FROM p\nDROP TABLE p\nALTER TABLE p2 RENAME TO p",
      5,
    ],
    ["a pragma and a query", "PRAGMA table_info(p)\nSELECT 1", 2],
    ["an EXPLAIN", "EXPLAIN SELECT 1\nSELECT 1", 2],
    [
      "a trigger on a line",
      "CREATE TABLE a (x)\nCREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END\nINSERT INTO a VALUES (1)",
      3,
    ],
  ])("runs %s", async (_what, script, count) =>
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(family);
      expect(await db.exec(script)).toMatchObject({ count });
      expect(await database.query("SELECT p FROM c")).toEqual([[1]]);
    })(),
  );
});
