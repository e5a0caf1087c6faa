import { expect } from "vitest";
import { type Concept, everywhere } from "../conformance-case.ts";
import { expectD1Error, expectD1Words, failureOf } from "../failures.ts";

/** What SQLite says to a statement on an empty database. */
const refused: [what: string, sql: string, message: string][] = [
  ["a word that is no SQL", "SELEC 1", 'near "SELEC": syntax error at offset 0: SQLITE_ERROR'],
  ["an error further on", "SELECT 1\n FROM FROM", 'near "FROM": syntax error at offset 15: SQLITE_ERROR'],
  ["a statement that stops early", "SELECT (1", "incomplete input: SQLITE_ERROR"],
  ["an unknown character", "SELECT #", 'unrecognized token: "#" at offset 7: SQLITE_ERROR'],
  ["a string without its end", "SELECT 'abc", `unrecognized token: "'abc" at offset 7: SQLITE_ERROR`],
  ["an unknown table", "SELECT * FROM item", "no such table: item: SQLITE_ERROR"],
  ["an unknown column", "SELECT size", "no such column: size at offset 7: SQLITE_ERROR"],
  ["an unknown function", "SELECT size()", "no such function: size at offset 7: SQLITE_ERROR"],
  [
    "a wrong number of arguments",
    "SELECT abs()",
    "wrong number of arguments to function abs() at offset 7: SQLITE_ERROR",
  ],
  [
    "a column that two tables have",
    "SELECT a FROM (SELECT 1 a) x, (SELECT 2 a) y",
    "ambiguous column name: a at offset 7: SQLITE_ERROR",
  ],
  ["a table to drop that is not there", "DROP TABLE item", "no such table: item: SQLITE_ERROR"],
  ["JSON that is none", "SELECT json('{')", "malformed JSON: SQLITE_ERROR"],
  ["an integer that overflows", "SELECT abs(-9223372036854775808)", "integer overflow: SQLITE_ERROR"],
  ["a value that is too large", "SELECT zeroblob(5000000)", "string or blob too big: SQLITE_TOOBIG"],
  [
    "a write to the schema",
    "DELETE FROM sqlite_schema",
    "table sqlite_master may not be modified: SQLITE_ERROR",
  ],
];

export default {
  title: "Errors",
  cases: [
    ...refused.map(([what, sql, message]) => ({
      behaviour: `tells of ${what} in SQLite's words`,
      run: (db: D1Database) => expectD1Error(db.prepare(sql).run(), message),
    })),
    {
      behaviour: "words an error alike from every method",
      async run(db) {
        const statement = db.prepare("SELECT * FROM item");
        const message = "no such table: item: SQLITE_ERROR";
        await expectD1Error(statement.run(), message);
        await expectD1Error(statement.all(), message);
        await expectD1Error(statement.raw(), message);
        await expectD1Error(statement.first(), message);
        await expectD1Error(db.batch([statement]), message);
      },
    },
    {
      behaviour: "rejects, and never throws, when a statement fails",
      async run(db) {
        const statement = db.prepare("SELEC 1");
        for (const start of [
          () => statement.run(),
          () => statement.first(),
          () => db.batch([statement]),
          () => db.exec("SELEC 1"),
        ]) {
          const promise = start();
          await expect(promise).rejects.toThrow("syntax error");
        }
      },
    },
    {
      behaviour: "tells of a table that exists already",
      async run(db) {
        await db.prepare("CREATE TABLE item (name TEXT)").run();
        const again = db.prepare("CREATE TABLE item (name TEXT)").run();
        await expectD1Error(again, "table item already exists at offset 13: SQLITE_ERROR");
      },
    },
    {
      behaviour: "tells of a write to a view",
      async run(db) {
        await db.prepare("CREATE VIEW v AS SELECT 1 AS a").run();
        const message = "cannot modify v because it is a view: SQLITE_ERROR";
        await expectD1Error(db.prepare("INSERT INTO v VALUES (1)").run(), message);
      },
    },
    {
      behaviour: "leaves nothing of a statement that fails in its middle",
      async run(db) {
        await db.prepare("CREATE TABLE item (name TEXT, n INT CHECK (n < 3))").run();
        const insert = db.prepare("INSERT INTO item VALUES ('a', 1), ('b', 2), ('c', 3)").run();
        await expect(insert).rejects.toThrow("CHECK constraint failed: n < 3");
        expect(await db.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(0);
      },
    },
    {
      behaviour: "goes on after an error",
      async run(db) {
        await expect(db.prepare("SELEC 1").run()).rejects.toThrow("syntax error");
        expect(await db.prepare("SELECT 1 AS a").first("a")).toBe(1);
      },
    },
    {
      behaviour: "gives errors the name Error, a stack, and no further properties",
      async run(db) {
        const error = await failureOf(db.prepare("SELECT * FROM item").run());
        expectD1Words(error, "D1_ERROR", "no such table: item: SQLITE_ERROR");
        expect(error.stack).toContain("no such table");
        expect("code" in error).toBe(false);
      },
      differs: [
        {
          on: everywhere,
          entry: "Errors have a code",
          async run(db) {
            const error = await failureOf(db.prepare("SELECT * FROM item").run());
            expectD1Words(error, "D1_ERROR", "no such table: item: SQLITE_ERROR");
            expect(error.stack).toContain("no such table");
            expect(error).toMatchObject({ code: "SQLITE_ERROR" });
          },
        },
      ],
    },
  ],
} satisfies Concept;
