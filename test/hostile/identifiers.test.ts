import { describe, expect, it } from "vitest";
import { quoteIdentifier } from "../../src/database/quote-identifier.ts";
import { dumpOf } from "../support/dump.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";
import { hostileNames, shown } from "./hostile-names.ts";
import { expectUsable, itEveryWayIn } from "./ways-in.ts";

/** Inserts into it inside a transaction that waits for something else, and gives what was there before the wait. */
async function insertAndWait(database: TestDatabase, insert: string, ...params: unknown[]): Promise<unknown> {
  const db = database.db();
  return db.transaction(
    async () => {
      const { meta } = await db
        .prepare(insert)
        .bind(...params)
        .run();
      expect(meta.changes).toBe(1);
      const inside = dumpOf(database.state.storage.sql);
      await db.prepare("SELECT 1").first();
      await scheduler.wait(1);
      // The insert has been taken out again; what comes next replays it.
      expect(database.engine.physicalOpen).toBe(false);
      return inside;
    },
    { onError: "throw" },
  );
}

describe("quoteIdentifier()", () => {
  it.each(hostileNames.map((name) => ({ name, title: shown(name) })))(
    "makes one name of $title, which SQLite reads as it is",
    ({ name }) =>
      inDatabase(async ({ state: { storage } }) => {
        storage.sql.exec(`CREATE TABLE ${quoteIdentifier(`t ${name}`)} (${quoteIdentifier(name)})`);
        const [row] = storage.sql
          .exec(`SELECT m.name AS "table", c.name AS "column" FROM sqlite_schema AS m, pragma_table_info(m.name) AS c
          WHERE m.type = 'table' AND m.name GLOB 't *'`)
          .toArray();
        expect(row).toEqual({ table: `t ${name}`, column: name });
      })(),
  );
});

describe("a generated row that is kept over an external call", () => {
  it.each(hostileNames.map((name) => ({ name, title: shown(name) })))(
    "is committed with the very same values: table and columns called $title",
    ({ name }) =>
      inDatabase(async (database) => {
        const [table, column, other] = [name, name, `${name}2`].map(quoteIdentifier);
        const db = database.db();
        await db
          .prepare(
            `CREATE TABLE ${table} (${column} TEXT, ${other} INTEGER DEFAULT (random()), "at" DEFAULT CURRENT_TIMESTAMP)`,
          )
          .run();
        // Its neighbour has the same columns, and a row with the rowid that the new row will get.
        await db.exec("CREATE TABLE t (a, b); INSERT INTO t VALUES ('untouched', 1)");
        const inside = await insertAndWait(database, `INSERT INTO ${table} (${column}) VALUES (?)`, name);
        expect(dumpOf(database.state.storage.sql)).toEqual(inside);
        expect(await database.query(`SELECT ${column}, typeof(${other}) FROM ${table}`)).toEqual([
          [name, "integer"],
        ]);
        expect(await database.query("SELECT a FROM t")).toEqual([["untouched"]]);
      })(),
  );

  it.each([
    [
      "a table whose name has a lone surrogate",
      'CREATE TABLE "a\ud800" (a, r DEFAULT (random()))',
      'INSERT INTO "a\ud800" (a) VALUES (1)',
      'SELECT a, r FROM "a\ud800"',
    ],
    [
      "columns whose names have lone surrogates",
      'CREATE TABLE t (a, "b\ud800" DEFAULT (random()), "c\udc00" DEFAULT (random()))',
      "INSERT INTO t (a) VALUES (1)",
      "SELECT * FROM t",
    ],
    [
      "a generated column called rowid",
      "CREATE TABLE t (a, rowid AS (a), r DEFAULT (random()))",
      "INSERT INTO t (a) VALUES (1)",
      "SELECT a, r FROM t",
    ],
    [
      "stored generated columns called rowid and oid",
      "CREATE TABLE t (a, oid AS (a) STORED, rowid AS (7) STORED, r DEFAULT (random()))",
      "INSERT INTO t (a) VALUES (1)",
      "SELECT a, r FROM t",
    ],
    [
      "columns with every name of the rowid",
      "CREATE TABLE t (rowid, oid, _rowid_ DEFAULT (random()))",
      "INSERT INTO t (rowid) VALUES (5)",
      "SELECT * FROM t",
    ],
    [
      "a primary key called oid beside a column called rowid",
      "CREATE TABLE t (oid INTEGER PRIMARY KEY, rowid DEFAULT (random()))",
      "INSERT INTO t (oid) VALUES (5)",
      "SELECT * FROM t",
    ],
    [
      "40 columns with names of 600 characters",
      `CREATE TABLE t (a, ${Array.from({ length: 40 }, (_, n) => `"${"x".repeat(600)}${n}"`)}, r DEFAULT (random()))`,
      "INSERT INTO t (a) VALUES (1)",
      "SELECT a, r FROM t",
    ],
    [
      "a column with a name of 30,000 characters",
      `CREATE TABLE t (a, "${"é".repeat(30_000)}", r DEFAULT (random()))`,
      "INSERT INTO t (a) VALUES (1)",
      "SELECT a, r FROM t",
    ],
    [
      "a table with a name of 30,000 characters",
      `CREATE TABLE "${"t".repeat(30_000)}" (a, r DEFAULT (random()))`,
      `INSERT INTO "${"t".repeat(30_000)}" (a) VALUES (1)`,
      `SELECT * FROM "${"t".repeat(30_000)}"`,
    ],
    [
      "49 columns and a rowid",
      `CREATE TABLE t (r DEFAULT (random()), ${Array.from({ length: 48 }, (_, n) => `c${n}`)})`,
      "INSERT INTO t (c0) VALUES (1)",
      "SELECT r FROM t",
    ],
    [
      "100 columns",
      `CREATE TABLE t (r DEFAULT (random()), ${Array.from({ length: 99 }, (_, n) => `c${n}`)})`,
      "INSERT INTO t (c0) VALUES (1)",
      "SELECT r FROM t",
    ],
  ])("is what the callback has read, and is there after a wait: %s", (_what, setUp, insert, select) =>
    inDatabase(async (database) => {
      const db = database.db();
      await db.prepare(setUp).run();
      let seen: unknown;
      await db.transaction(
        async () => {
          await db.prepare(insert).run();
          seen = await db.prepare(select).raw();
          // Where the row cannot be captured, it holds the database now, and no timer of others would fire.
        },
        { onError: "throw" },
      );
      expect(seen).toHaveLength(1);
      expect(await database.query(select)).toEqual(seen);
      await db.transaction(
        async () => {
          await db.prepare(insert.replace("VALUES (5)", "VALUES (6)")).run();
          await scheduler.wait(1);
        },
        { onError: "throw" },
      );
      expect(await database.query(select)).toHaveLength(2);
      await expectUsable(db);
    })(),
  );

  it("is never written to another table whose name looks the same to JavaScript", () =>
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(`CREATE TABLE "a\ufffd\ufffd\ufffd" (a, r); INSERT INTO "a\ufffd\ufffd\ufffd" VALUES (7, 7);
        CREATE TABLE "a\ud800" (a, r DEFAULT (random()))`);
      await db.transaction(
        async () => {
          await db.prepare('INSERT INTO "a\ud800" (a) VALUES (1)').run();
          await scheduler.wait(1);
          await db.prepare("SELECT 1").first();
        },
        { onError: "throw" },
      );
      expect(await database.query('SELECT a FROM "a\ud800"')).toEqual([[1]]);
      expect(await database.query('SELECT * FROM "a\ufffd\ufffd\ufffd"')).toEqual([[7, 7]]);
    })());
});

describe("a user's table or view that is called like something of SQLite's own", () => {
  it.each(["pragma_table_xinfo", "pragma_table_info", "pragma_table_list", "PRAGMA_Table_XInfo"])(
    "does not come between an insert and its capture: %s",
    (name) =>
      inDatabase(async (database) => {
        const db = database.db();
        await db.exec(`CREATE TABLE ${name} (cid, name, hidden); CREATE TABLE t (a, r DEFAULT (random()));
          INSERT INTO ${name} VALUES (0, 'a', 1)`);
        let seen: unknown;
        await db.transaction(
          async () => {
            await db.prepare("INSERT INTO t (a) VALUES (1)").run();
            seen = await db.prepare("SELECT * FROM t").raw();
            await scheduler.wait(1);
            expect(database.engine.physicalOpen).toBe(false);
          },
          { onError: "throw" },
        );
        expect(await database.query("SELECT * FROM t")).toEqual(seen);
      })(),
  );

  itEveryWayIn("does not hide what PRAGMA foreign_key_check finds", async (db) => {
    await db.exec(`CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (parent REFERENCES parent);
      CREATE VIEW pragma_foreign_key_check AS SELECT 1 AS "table", 1 AS rowid, 1 AS parent WHERE 0`);
    const script = "PRAGMA foreign_keys = OFF; INSERT INTO child VALUES (7)";
    await expect(db.exec(script)).rejects.toThrow("FOREIGN KEY constraint failed");
    expect(await db.prepare("SELECT * FROM child").raw()).toEqual([]);
    await expectUsable(db);
  });

  it("does not hide the violation of a deferred key, nor is it taken for one", () =>
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(`CREATE TABLE d1p_probe (id INTEGER PRIMARY KEY);
        CREATE TABLE d1p_probe_child (parent REFERENCES d1p_probe DEFERRABLE INITIALLY DEFERRED)`);
      const insert = db.prepare("INSERT INTO d1p_probe_child VALUES (?)");
      await expect(insert.bind(1).run()).rejects.toThrow("FOREIGN KEY constraint failed");
      await db.batch([insert.bind(1), db.prepare("INSERT INTO d1p_probe VALUES (1)")]);
      expect(await database.query("SELECT * FROM d1p_probe_child")).toEqual([[1]]);
    })());

  it("is the one that is read where integers are kept exact", () =>
    inDatabase(async (database) => {
      const db = database.db().withExactIntegers();
      await db.exec(`CREATE TABLE exact (c0); INSERT INTO exact VALUES (9007199254740993);
        CREATE TABLE "exact_" (c0); INSERT INTO "exact_" VALUES (9007199254740995);
        CREATE VIEW v AS SELECT c0 FROM exact`);
      for (const table of ["exact", "EXACT", "main.exact", "v"]) {
        expect(await db.prepare(`SELECT c0 FROM ${table}`).raw()).toEqual([[9007199254740993n]]);
      }
      const both = db.prepare("WITH exact AS (SELECT c0 FROM exact_) SELECT * FROM exact, main.exact");
      expect(await both.raw()).toEqual([[9007199254740995n, 9007199254740993n]]);
    })());
});
