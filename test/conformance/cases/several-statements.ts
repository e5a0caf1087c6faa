import { expect } from "vitest";
import type { Concept } from "../conformance-case.ts";
import { expectD1Error } from "../failures.ts";

const item = "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE)";
const count = (db: D1Database) => db.prepare("SELECT count(*) AS n FROM item").first("n");

const onlyTheLast =
  "When executing multiple SQL statements in a single call, only the last statement can have parameters.";

export default {
  title: "Several statements in one prepare()",
  cases: [
    {
      behaviour: "runs all statements of one prepare() and gives the result of the last",
      async run(db) {
        const sql = `${item}; INSERT INTO item (name) VALUES ('a'), ('b'); SELECT name FROM item`;
        expect((await db.prepare(sql).all()).results).toEqual([{ name: "a" }, { name: "b" }]);
      },
    },
    {
      behaviour: "gives columns, first row and names of the last statement",
      async run(db) {
        const rows = await db.prepare("SELECT 1 AS a; SELECT 2 AS b, 3 AS c").raw({ columnNames: true });
        expect(rows).toEqual([
          ["b", "c"],
          [2, 3],
        ]);
        expect(await db.prepare("SELECT 1 AS a; SELECT 4 AS b, 5 AS c").first()).toEqual({ b: 4, c: 5 });
        expect(await db.prepare("SELECT 1 AS a; SELECT 6 AS b, 7 AS c").first("c")).toBe(7);
      },
    },
    {
      behaviour: "counts the changes of all statements, and the rows of the last",
      async run(db) {
        await db.prepare(item).run();
        const { meta } = await db
          .prepare("INSERT INTO item (name) VALUES ('a'), ('b'); UPDATE item SET name = 'c' WHERE id = 1")
          .run();
        expect(meta).toMatchObject({ changes: 3, last_row_id: 2, changed_db: true });
      },
    },
    {
      behaviour: "binds values to the last statement",
      async run(db) {
        await db.prepare(`${item}; INSERT INTO item (name) VALUES (?)`).bind("bound").run();
        expect(await db.prepare("SELECT 1; SELECT name FROM item WHERE id = ?").bind(1).first("name")).toBe(
          "bound",
        );
      },
    },
    {
      behaviour: "refuses parameters in any statement but the last",
      async run(db) {
        await expectD1Error(db.prepare("SELECT ?; SELECT 2").bind(1).all(), onlyTheLast);
        await expectD1Error(db.prepare("SELECT ?; SELECT ?").bind(1, 2).all(), onlyTheLast);
      },
    },
    {
      behaviour: "leaves nothing when one of the statements fails",
      async run(db) {
        await db.prepare(item).run();
        const twice = db.prepare(
          "INSERT INTO item (name) VALUES ('a'); INSERT INTO item (name) VALUES ('a')",
        );
        await expectD1Error(
          twice.run(),
          "UNIQUE constraint failed: item.name: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)",
        );
        expect(await count(db)).toBe(0);
        await expect(db.prepare("INSERT INTO item (name) VALUES ('a'); SELEC 1").run()).rejects.toThrow(
          'near "SELEC": syntax error',
        );
        expect(await count(db)).toBe(0);
      },
    },
    {
      behaviour: "makes triggers among several statements",
      async run(db) {
        await db
          .prepare(
            "CREATE TABLE a (x); CREATE TABLE b (x); " +
              "CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES (new.x); INSERT INTO b VALUES (-new.x); END; " +
              "INSERT INTO a VALUES (7)",
          )
          .run();
        expect(await db.prepare("SELECT x FROM b").raw()).toEqual([[7], [-7]]);
      },
    },
    {
      behaviour: "takes several statements as one entry of a batch",
      async run(db) {
        await db.prepare(item).run();
        const results = await db.batch([
          db.prepare("INSERT INTO item (name) VALUES ('a'); INSERT INTO item (name) VALUES ('b')"),
          db.prepare("SELECT count(*) AS n FROM item"),
        ]);
        expect(results.map((result) => [result.results, result.meta.changes])).toEqual([
          [[], 2],
          [[{ n: 2 }], 0],
        ]);
      },
    },
    {
      behaviour: "takes semicolons in strings, names and comments for text",
      async run(db) {
        const sql = `SELECT 'a;b' AS "c;d", 1 AS [e;f] /* ; */ -- ;\n`;
        expect(await db.prepare(sql).first()).toEqual({ "c;d": "a;b", "e;f": 1 });
      },
    },
  ],
} satisfies Concept;
