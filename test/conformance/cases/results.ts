import { expect } from "vitest";
import { type Concept, everywhere } from "../conformance-case.ts";
import { failureOf } from "../failures.ts";

const two = "SELECT 1 AS id, 'one' AS name UNION ALL SELECT 2, 'two'";

const missingColumns = ["b", "A", "", "null"];

export default {
  title: "Results",
  cases: [
    {
      behaviour: "gives success, meta and results from all(), run() and batch()",
      async run(db) {
        const statement = db.prepare("SELECT 1 AS a");
        for (const result of [
          await statement.all(),
          await statement.run(),
          ...(await db.batch([statement])),
        ]) {
          expect(Object.keys(result).sort()).toEqual(["meta", "results", "success"]);
          expect(result.success).toBe(true);
          expect(result.results).toEqual([{ a: 1 }]);
        }
      },
    },
    {
      behaviour: "gives rows as plain objects in the order of the columns",
      async run(db) {
        const { results } = await db.prepare("SELECT 1 AS b, 2 AS a, 3 AS c").all();
        expect(Object.keys(results[0]!)).toEqual(["b", "a", "c"]);
        expect(Object.getPrototypeOf(results[0])).toBe(Object.prototype);
      },
    },
    {
      behaviour: "gives an empty list for no rows and for a statement that returns none",
      async run(db) {
        expect((await db.prepare("SELECT 1 AS a WHERE 0").all()).results).toEqual([]);
        expect((await db.prepare("CREATE TABLE item (name TEXT)").run()).results).toEqual([]);
        expect((await db.prepare("INSERT INTO item VALUES ('x')").all()).results).toEqual([]);
      },
    },
    {
      behaviour: "gives the rows of RETURNING from run() too",
      async run(db) {
        await db.prepare("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT)").run();
        const result = await db.prepare("INSERT INTO item (name) VALUES ('x') RETURNING *").run();
        expect(result.results).toEqual([{ id: 1, name: "x" }]);
      },
    },
    {
      behaviour: "gives the first row from first(), and null when there is none",
      async run(db) {
        expect(await db.prepare(two).first()).toEqual({ id: 1, name: "one" });
        expect(await db.prepare("SELECT 1 AS a WHERE 0").first()).toBeNull();
        expect(await db.prepare("CREATE TABLE item (name TEXT)").first()).toBeNull();
      },
    },
    {
      behaviour: "gives one column from first(name), and null without a row whatever the name",
      async run(db) {
        expect(await db.prepare(two).first("name")).toBe("one");
        expect(await db.prepare("SELECT NULL AS a").first("a")).toBeNull();
        expect(await db.prepare("SELECT 1 AS a WHERE 0").first("nothing")).toBeNull();
      },
    },
    {
      behaviour: "takes first(undefined) for first(), and a number for its text",
      async run(db) {
        expect(await db.prepare("SELECT 5 AS a").first(undefined as unknown as string)).toEqual({ a: 5 });
        expect(await db.prepare('SELECT 5 AS "1"').first(1 as unknown as string)).toBe(5);
      },
    },
    {
      behaviour: "refuses a column that is not there, by its exact name",
      async run(db) {
        for (const column of missingColumns) {
          const error = await failureOf(db.prepare("SELECT 5 AS a").first(column));
          expect(error.message).toBe(`D1_COLUMN_NOTFOUND: Column not found (${column})`);
          expect(error.name).toBe("Error");
          expect(error.cause).toBeInstanceOf(Error);
          expect((error.cause as Error).message).toBe("Column not found");
        }
      },
    },
    {
      behaviour: "takes a member that every object has for a column",
      async run(db) {
        const statement = db.prepare("SELECT 5 AS a");
        expect(await statement.first("toString")).toBe(Object.prototype.toString);
        expect(await statement.first("constructor")).toBe(Object);
        expect(await statement.first("__proto__")).toBe(Object.prototype);
      },
      differs: [
        {
          on: everywhere,
          entry: "Only columns are columns",
          async run(db) {
            for (const column of ["toString", "constructor", "__proto__", "hasOwnProperty"]) {
              const error = await failureOf(db.prepare("SELECT 5 AS a").first(column));
              expect(error.message).toBe(`D1_COLUMN_NOTFOUND: Column not found (${column})`);
            }
          },
        },
      ],
    },
    {
      behaviour: "gives columns named __proto__, constructor and toString as any other",
      async run(db) {
        const statement = db.prepare(`SELECT 5 AS "__proto__", 6 AS "constructor", x'01' AS "toString"`);
        for (const row of [(await statement.all()).results[0]!, (await statement.first())!]) {
          expect(Object.entries(row)).toEqual([
            ["__proto__", 5],
            ["constructor", 6],
            ["toString", [1]],
          ]);
          expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
        }
        expect(await statement.first("__proto__")).toBe(5);
        expect(await statement.first("constructor")).toBe(6);
        expect(await statement.first("toString")).toEqual([1]);
      },
    },
    {
      behaviour: "does not let a column named __proto__ become the prototype of its row",
      async run(db) {
        const { results } = await db.prepare(`SELECT x'0102' AS "__proto__", 1 AS a`).all();
        expect(Object.getPrototypeOf(results[0])).toBe(Object.prototype);
        expect(Object.keys(results[0]!)).toEqual(["__proto__", "a"]);
      },
    },
    {
      behaviour: "keeps of columns of one name the last in objects, and all in raw()",
      async run(db) {
        const statement = db.prepare("SELECT 1 AS a, 2 AS b, 3 AS a");
        expect(await statement.first()).toEqual({ a: 3, b: 2 });
        expect(Object.keys((await statement.first())!)).toEqual(["a", "b"]);
        expect(await statement.first("a")).toBe(3);
        expect((await statement.all()).results).toEqual([{ a: 3, b: 2 }]);
        expect(await statement.raw({ columnNames: true })).toEqual([
          ["a", "b", "a"],
          [1, 2, 3],
        ]);
      },
    },
    {
      behaviour: "names columns without a name by their text",
      async run(db) {
        const rows = await db.prepare("SELECT 1, 'x', 1+1, count(*), ?1").bind(5).raw({ columnNames: true });
        expect(rows).toEqual([
          ["1", "'x'", "1+1", "count(*)", "?1"],
          [1, "x", 2, 1, 5],
        ]);
      },
    },
    {
      behaviour: "takes an empty column name and one of another script",
      async run(db) {
        expect(await db.prepare('SELECT 1 AS "", 2 AS "né😀"').first()).toEqual({ "": 1, "né😀": 2 });
        expect(await db.prepare('SELECT 1 AS ""').first("")).toBe(1);
      },
    },
    {
      behaviour: "gives rows as arrays from raw(), with the column names in front on request",
      async run(db) {
        const rows = [
          [1, "one"],
          [2, "two"],
        ];
        expect(await db.prepare(two).raw()).toEqual(rows);
        expect(await db.prepare(two).raw({ columnNames: false })).toEqual(rows);
        expect(await db.prepare(two).raw({ columnNames: true })).toEqual([["id", "name"], ...rows]);
      },
    },
    {
      behaviour: "gives the column names of no rows from raw(), and none of a statement without columns",
      async run(db) {
        expect(await db.prepare("SELECT 1 AS a WHERE 0").raw()).toEqual([]);
        expect(await db.prepare("SELECT 1 AS a WHERE 0").raw({ columnNames: true })).toEqual([["a"]]);
        const create = db.prepare("CREATE TABLE IF NOT EXISTS item (name TEXT)");
        expect(await create.raw()).toEqual([]);
        expect(await create.raw({ columnNames: true })).toEqual([[]]);
      },
    },
    {
      behaviour: "gives a result that JSON and structuredClone() keep whole",
      async run(db) {
        const result = await db.prepare("SELECT 1 AS a, 'x' AS b, x'01' AS c, NULL AS d").all();
        expect(JSON.parse(JSON.stringify(result))).toEqual(result);
        expect(structuredClone(result)).toEqual(result);
        expect({ ...result }).toEqual(result);
        expect(JSON.parse(JSON.stringify(result)).meta).toEqual(result.meta);
      },
    },
    {
      behaviour: "gives fresh rows each time, which may be changed",
      async run(db) {
        const statement = db.prepare("SELECT 1 AS a, x'01' AS b");
        const row = (await statement.first<{ a: number; b: number[] }>())!;
        row.a = 9;
        row.b.push(9);
        expect(await statement.first()).toEqual({ a: 1, b: [1] });
      },
    },
  ],
} satisfies Concept;
