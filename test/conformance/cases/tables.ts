import { expect } from "vitest";
import type { Concept } from "../conformance-case.ts";
import { expectD1Error } from "../failures.ts";

const rows = (db: D1Database, sql: string) => db.prepare(sql).raw();

export default {
  title: "Tables, views and indexes",
  cases: [
    {
      behaviour: "computes generated columns, virtual and stored",
      async run(db) {
        await db.exec("CREATE TABLE item (a INT, b INT AS (a * 2) VIRTUAL, c INT AS (a * 3) STORED)");
        await db.prepare("INSERT INTO item (a) VALUES (2)").run();
        expect(await rows(db, "SELECT * FROM item")).toEqual([[2, 4, 6]]);
        await expectD1Error(
          db.prepare("INSERT INTO item (a, b) VALUES (2, 3)").run(),
          'cannot INSERT into generated column "b": SQLITE_ERROR',
        );
      },
    },
    {
      behaviour: "keeps STRICT tables to their types",
      async run(db) {
        await db.exec("CREATE TABLE exact (i INT, r REAL, t TEXT, b BLOB, a ANY) STRICT");
        await db.prepare("INSERT INTO exact VALUES (1, 2, 3, x'00', '007')").run();
        expect(await rows(db, "SELECT *, typeof(r), typeof(t), typeof(a) FROM exact")).toEqual([
          [1, 2, "3", [0], "007", "real", "text", "text"],
        ]);
      },
    },
    {
      behaviour: "has WITHOUT ROWID tables",
      async run(db) {
        await db.exec("CREATE TABLE pair (a TEXT, b INT, n INT, PRIMARY KEY (a, b)) WITHOUT ROWID");
        await db.prepare("INSERT INTO pair VALUES ('x', 2, 1), ('x', 1, 2)").run();
        expect(await rows(db, "SELECT * FROM pair")).toEqual([
          ["x", 1, 2],
          ["x", 2, 1],
        ]);
        await expectD1Error(
          db.prepare("SELECT rowid FROM pair").run(),
          "no such column: rowid at offset 7: SQLITE_ERROR",
        );
      },
    },
    {
      behaviour: "uses the rowid of a deleted last row again, but not with AUTOINCREMENT",
      async run(db) {
        for (const [options, last] of [
          ["", 2],
          ["AUTOINCREMENT", 3],
        ]) {
          await db.batch([
            db.prepare("DROP TABLE IF EXISTS item"),
            db.prepare(`CREATE TABLE item (id INTEGER PRIMARY KEY ${options}, n INT)`),
            db.prepare("INSERT INTO item (n) VALUES (1), (2)"),
            db.prepare("DELETE FROM item WHERE id = 2"),
          ]);
          expect(await rows(db, "INSERT INTO item (n) VALUES (3) RETURNING id")).toEqual([[last]]);
        }
      },
    },
    {
      behaviour: "shows and lets one set the counters of AUTOINCREMENT in sqlite_sequence",
      async run(db) {
        await db.exec("CREATE TABLE item (id INTEGER PRIMARY KEY AUTOINCREMENT, n INT)");
        await db.prepare("INSERT INTO item (n) VALUES (1)").run();
        expect(await rows(db, "SELECT name, seq FROM sqlite_sequence")).toEqual([["item", 1]]);
        await db.prepare("UPDATE sqlite_sequence SET seq = 100 WHERE name = 'item'").run();
        expect(await rows(db, "INSERT INTO item (n) VALUES (2) RETURNING id")).toEqual([[101]]);
      },
    },
    {
      behaviour: "goes on from any rowid up to the largest",
      async run(db) {
        await db.exec(
          "CREATE TABLE item (id INTEGER PRIMARY KEY)\nINSERT INTO item VALUES (9223372036854775807)",
        );
        expect(await rows(db, "SELECT CAST(id AS TEXT) FROM item")).toEqual([["9223372036854775807"]]);
      },
    },
    {
      behaviour: "fills in defaults",
      async run(db) {
        await db.exec(
          "CREATE TABLE item (a INT DEFAULT 5, b TEXT DEFAULT 'x', c DEFAULT (1 + 1), d DEFAULT CURRENT_TIMESTAMP, e)",
        );
        await db.prepare("INSERT INTO item (e) VALUES (1)").run();
        expect(await rows(db, "SELECT a, b, c, length(d), e FROM item")).toEqual([[5, "x", 2, 19, 1]]);
      },
    },
    {
      behaviour: "alters tables",
      async run(db) {
        await db.exec("CREATE TABLE item (x, y)\nINSERT INTO item VALUES (1, 2)");
        await db.exec("ALTER TABLE item RENAME COLUMN x TO z\nALTER TABLE item DROP COLUMN y");
        await db.exec("ALTER TABLE item RENAME TO thing\nALTER TABLE thing ADD COLUMN w DEFAULT 4");
        expect(await db.prepare("SELECT * FROM thing").first()).toEqual({ z: 1, w: 4 });
      },
    },
    {
      behaviour: "makes a table of a query",
      async run(db) {
        await db.exec("CREATE TABLE copy AS SELECT 1 AS a, 'x' AS b");
        expect(await db.prepare("SELECT * FROM copy").first()).toEqual({ a: 1, b: "x" });
      },
    },
    {
      behaviour: "shows the schema in sqlite_schema and sqlite_master",
      async run(db) {
        await db.exec(
          "CREATE TABLE item (name TEXT UNIQUE)\nCREATE INDEX i ON item (name)\nCREATE VIEW v AS SELECT 1",
        );
        for (const table of ["sqlite_schema", "sqlite_master"]) {
          const sql = `SELECT type, name, tbl_name FROM ${table} WHERE name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY type, name`;
          expect(await rows(db, sql)).toEqual([
            ["index", "i", "item"],
            ["index", "sqlite_autoindex_item_1", "item"],
            ["table", "item", "item"],
            ["view", "v", "v"],
          ]);
        }
        const sql = db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'item'");
        expect(await sql.first("sql")).toBe("CREATE TABLE item (name TEXT UNIQUE)");
      },
    },
    {
      behaviour: "looks through views",
      async run(db) {
        await db.exec(
          "CREATE TABLE item (x)\nINSERT INTO item VALUES (1)\nCREATE VIEW twice (y) AS SELECT x * 2 FROM item",
        );
        expect(await db.prepare("SELECT * FROM twice").first()).toEqual({ y: 2 });
      },
    },
    {
      behaviour: "uses indexes on expressions",
      async run(db) {
        await db.exec("CREATE TABLE item (name TEXT)\nCREATE INDEX folded ON item (lower(name))");
        const plan = db.prepare("EXPLAIN QUERY PLAN SELECT * FROM item WHERE lower(name) = 'a'");
        expect(await plan.first("detail")).toBe("SEARCH item USING INDEX folded (<expr>=?)");
      },
    },
    {
      behaviour: "tells of an index that is asked for and is not there",
      async run(db) {
        await db.exec("CREATE TABLE item (name TEXT)");
        const query = db.prepare("SELECT * FROM item INDEXED BY nothing_like_it").run();
        await expectD1Error(query, "no such index: nothing_like_it: SQLITE_ERROR");
      },
    },
    {
      behaviour: "tells a view from a table when one is dropped, and of a view whose table has gone",
      async run(db) {
        await db.exec("CREATE TABLE item (a)\nCREATE VIEW v AS SELECT a FROM item");
        await expectD1Error(db.prepare("DROP TABLE v").run(), "use DROP VIEW to delete view v: SQLITE_ERROR");
        await db.prepare("DROP TABLE item").run();
        await expectD1Error(db.prepare("SELECT * FROM v").run(), "no such table: main.item: SQLITE_ERROR");
      },
    },
    {
      behaviour: "collects statistics with ANALYZE",
      async run(db) {
        await db.exec("CREATE TABLE item (a)\nCREATE INDEX i ON item (a)\nINSERT INTO item VALUES (1), (1)");
        await db.prepare("ANALYZE").run();
        expect(await rows(db, "SELECT idx, stat FROM sqlite_stat1 WHERE tbl = 'item'")).toEqual([
          ["i", "2 2"],
        ]);
      },
    },
    {
      behaviour: "makes and drops only what is or is not there, on request",
      async run(db) {
        for (const sql of [
          "CREATE TABLE IF NOT EXISTS item (a)",
          "CREATE TABLE IF NOT EXISTS item (b)",
          "CREATE INDEX IF NOT EXISTS i ON item (a)",
          "CREATE INDEX IF NOT EXISTS i ON item (a)",
          "DROP INDEX IF EXISTS other",
          "DROP VIEW IF EXISTS other",
          "DROP TRIGGER IF EXISTS other",
          "DROP TABLE IF EXISTS other",
        ]) {
          expect((await db.prepare(sql).run()).success).toBe(true);
        }
        expect(await rows(db, "SELECT name FROM pragma_table_info('item')")).toEqual([["a"]]);
      },
    },
  ],
} satisfies Concept;
