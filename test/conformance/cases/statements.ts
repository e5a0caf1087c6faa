import { expect } from "vitest";
import { type Concept, everywhere } from "../conformance-case.ts";
import { failureOf } from "../failures.ts";

const notSql: unknown[] = [undefined, null, 1, {}];

const count = (db: D1Database) => db.prepare("SELECT count(*) AS n FROM item").first("n");

export default {
  title: "Prepared statements",
  cases: [
    {
      behaviour: "does not look at the SQL before the statement runs",
      async run(db) {
        const statement = db.prepare("this is no SQL");
        expect((await failureOf(statement.run())).message).toContain("syntax error");
      },
    },
    {
      behaviour: "runs nothing before it is asked for a result",
      async run(db) {
        await db.prepare("CREATE TABLE item (name TEXT)").run();
        db.prepare("INSERT INTO item VALUES (?)").bind("never");
        expect(await count(db)).toBe(0);
      },
    },
    {
      behaviour: "does not run a statement that is awaited without a method",
      async run(db) {
        await db.prepare("CREATE TABLE item (name TEXT)").run();
        const statement = await db.prepare("INSERT INTO item VALUES ('x')");
        expect(await count(db)).toBe(0);
        await statement.run();
        expect(await count(db)).toBe(1);
      },
    },
    {
      behaviour: "gives a new statement from bind(), and the old one stays as it is",
      async run(db) {
        const unbound = db.prepare("SELECT ? AS value");
        const first = unbound.bind(1);
        const second = first.bind(2);
        expect(await first.first("value")).toBe(1);
        expect(await second.first("value")).toBe(2);
        expect(await first.first("value")).toBe(1);
        await expect(unbound.first()).rejects.toThrow("Wrong number of parameter bindings");
      },
    },
    {
      behaviour: "replaces all bound values at once",
      async run(db) {
        const statement = db.prepare("SELECT ? AS a, ? AS b").bind(1, 2);
        await expect(statement.bind(3).first()).rejects.toThrow("Wrong number of parameter bindings");
        await expect(statement.bind().first()).rejects.toThrow("Wrong number of parameter bindings");
      },
    },
    {
      behaviour: "runs the same statement as often as it is asked to",
      async run(db) {
        await db.prepare("CREATE TABLE item (name TEXT)").run();
        const insert = db.prepare("INSERT INTO item VALUES (?)").bind("x");
        await insert.run();
        await insert.all();
        await insert.raw();
        await insert.first();
        expect(await count(db)).toBe(4);
      },
    },
    {
      behaviour: "runs a statement again that has failed",
      async run(db) {
        await db.prepare("CREATE TABLE item (name TEXT UNIQUE)").run();
        const insert = db.prepare("INSERT INTO item VALUES (?)").bind("x");
        await insert.run();
        await expect(insert.run()).rejects.toThrow("UNIQUE constraint failed");
        await db.prepare("DELETE FROM item").run();
        await insert.run();
        expect(await count(db)).toBe(1);
      },
    },
    {
      behaviour: "runs a statement whose table comes into being after prepare()",
      async run(db) {
        const select = db.prepare("SELECT * FROM item");
        await expect(select.all()).rejects.toThrow("no such table: item");
        await db.prepare("CREATE TABLE item (name TEXT)").run();
        expect((await select.all()).results).toEqual([]);
      },
    },
    {
      behaviour: "sees new columns with a statement that has run before",
      async run(db) {
        await db.prepare("CREATE TABLE item (name TEXT)").run();
        await db.prepare("INSERT INTO item VALUES ('x')").run();
        const select = db.prepare("SELECT * FROM item");
        expect(await select.first()).toEqual({ name: "x" });
        await db.prepare("ALTER TABLE item ADD COLUMN size INT DEFAULT 5").run();
        expect(await select.first()).toEqual({ name: "x", size: 5 });
        await db.prepare("DROP TABLE item").run();
        await db.prepare("CREATE TABLE item (id INTEGER PRIMARY KEY)").run();
        expect((await select.raw({ columnNames: true }))[0]).toEqual(["id"]);
      },
    },
    {
      behaviour: "inserts every row of INSERT ... RETURNING, though first() gives one",
      async run(db) {
        await db.prepare("CREATE TABLE item (name TEXT)").run();
        const insert = db.prepare("INSERT INTO item VALUES ('a'), ('b'), ('c') RETURNING name");
        expect(await insert.first("name")).toBe("a");
        expect(await count(db)).toBe(3);
      },
    },
    {
      behaviour: "takes comments, blanks, a byte order mark and a closing semicolon around a statement",
      async run(db) {
        for (const sql of [
          "SELECT 1 AS a;",
          "\n\t SELECT 1 AS a ;  \n",
          "-- before\nSELECT 1 AS a",
          "/* before */ SELECT /* ? */ 1 AS a",
          "SELECT 1 AS a -- after",
          "SELECT 1 -- between\n AS a",
          "\ufeffSELECT 1 AS a",
        ]) {
          expect(await db.prepare(sql).first(), sql).toEqual({ a: 1 });
        }
      },
    },
    {
      behaviour: "refuses SQL that is not a string when the statement runs",
      async run(db) {
        for (const sql of notSql) {
          const statement = db.prepare(sql as string);
          await expect(statement.all()).rejects.toThrow("D1_ERROR: Failed to parse body as JSON");
        }
      },
      differs: [
        {
          on: everywhere,
          entry: "Misuse is named where it happens",
          async run(db) {
            for (const sql of notSql) expect(() => db.prepare(sql as string)).toThrow("SQL text as a string");
          },
        },
      ],
    },
    {
      behaviour: "shows the text and the bound values of a statement as statement and params",
      async run(db) {
        const shown = db.prepare("SELECT ?, ?").bind(true, "x") as unknown as {
          statement: string;
          params: unknown[];
        };
        expect(shown.statement).toBe("SELECT ?, ?");
        expect(shown.params).toEqual([1, "x"]);
        expect(db.prepare("SELECT 1")).toMatchObject({ statement: "SELECT 1", params: [] });
      },
    },
    {
      behaviour: "works behind a Proxy, as tools that trace queries put one around it",
      async run(db) {
        const traced = new Proxy(db, {});
        const statement = new Proxy(traced.prepare("SELECT ? AS a"), {});
        const bound = new Proxy(statement.bind(1), {});
        expect(await bound.first("a")).toBe(1);
        expect((await bound.all()).results).toEqual([{ a: 1 }]);
        expect((await traced.batch([bound]))[0]!.results).toEqual([{ a: 1 }]);
        expect((await traced.exec("SELECT 1")).count).toBe(1);
        const session = new Proxy(traced.withSession(), {});
        expect(await session.prepare("SELECT 2 AS a").first("a")).toBe(2);
        expect(session.getBookmark()).toBeTypeOf("string");
      },
    },
    {
      behaviour: "keeps the methods of a statement tied to it",
      async run(db) {
        const { first } = db.prepare("SELECT 1");
        await expect((async () => first())()).rejects.toBeInstanceOf(TypeError);
      },
    },
  ],
} satisfies Concept;
