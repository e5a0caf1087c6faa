import { expect } from "vitest";
import type { Concept } from "../conformance-case.ts";

/** What SQLite has got for a parameter. */
function boundAs(db: D1Database, value: unknown): Promise<Record<string, unknown> | null> {
  return db.prepare("SELECT ?1 AS value, typeof(?1) AS type").bind(value).first();
}

/** What a column of a type has made of a parameter. */
async function storedAs(db: D1Database, type: string, value: unknown): Promise<unknown> {
  await db.prepare(`CREATE TABLE stored (x ${type})`).run();
  await db.prepare("INSERT INTO stored VALUES (?)").bind(value).run();
  return db.prepare("SELECT x, typeof(x) AS type FROM stored").first();
}

export default {
  title: "Numbers and booleans as parameters",
  cases: [
    {
      behaviour: "binds booleans as 1 and 0",
      async run(db) {
        const row = await db.prepare("SELECT ? AS yes, ? AS no").bind(true, false).first();
        expect(row).toEqual({ yes: 1, no: 0 });
      },
    },
    {
      behaviour: "binds null as NULL",
      async run(db) {
        expect(await boundAs(db, null)).toEqual({ value: null, type: "null" });
      },
    },
    {
      behaviour: "binds NaN and the infinities as NULL",
      async run(db) {
        for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          expect(await boundAs(db, value)).toEqual({ value: null, type: "null" });
        }
      },
    },
    {
      behaviour: "gives -0 back as 0",
      async run(db) {
        expect(await boundAs(db, -0)).toEqual({ value: 0, type: "real" });
      },
    },
    {
      behaviour: "binds every number as REAL, whole ones too",
      async run(db) {
        expect(await boundAs(db, 1)).toEqual({ value: 1, type: "real" });
        expect(await boundAs(db, 1.5)).toEqual({ value: 1.5, type: "real" });
        expect(await db.prepare("SELECT ? / 2 AS half").bind(3).first("half")).toBe(1.5);
      },
    },
    {
      behaviour: "writes a bound number as the text of a REAL",
      async run(db) {
        const row = await db.prepare("SELECT ?1 || '' AS small, ?2 || '' AS large").bind(1, 1e15).first();
        expect(row).toEqual({ small: "1.0", large: "1.0e+15" });
      },
    },
    {
      behaviour: "finds a bound number equal to an integer, not to its text",
      async run(db) {
        const row = await db.prepare("SELECT ?1 = 1 AS number, ?1 = '1' AS text").bind(1).first();
        expect(row).toEqual({ number: 1, text: 0 });
      },
    },
    {
      behaviour: "stores a bound whole number as INTEGER in an INTEGER column",
      async run(db) {
        expect(await storedAs(db, "INTEGER", 7)).toEqual({ x: 7, type: "integer" });
      },
    },
    {
      behaviour: "stores a bound fraction as REAL in an INTEGER column",
      async run(db) {
        expect(await storedAs(db, "INTEGER", 7.5)).toEqual({ x: 7.5, type: "real" });
      },
    },
    {
      behaviour: "stores a bound whole number as INTEGER in a NUMERIC column, and as REAL in a REAL one",
      async run(db) {
        expect(await storedAs(db, "NUMERIC", 7)).toEqual({ x: 7, type: "integer" });
        await db.prepare("DROP TABLE stored").run();
        expect(await storedAs(db, "REAL", 7)).toEqual({ x: 7, type: "real" });
      },
    },
    {
      behaviour: "stores a bound whole number as REAL in a column without a type",
      async run(db) {
        expect(await storedAs(db, "", 7)).toEqual({ x: 7, type: "real" });
      },
    },
    {
      behaviour: "stores a bound whole number in a TEXT column with a decimal point",
      async run(db) {
        expect(await storedAs(db, "TEXT", 12)).toEqual({ x: "12.0", type: "text" });
      },
    },
    {
      behaviour: "stores a bound numeral as text where the column does not ask for a number",
      async run(db) {
        expect(await storedAs(db, "", "12")).toEqual({ x: "12", type: "text" });
      },
    },
    {
      behaviour: "finds a row by a bound integer primary key",
      async run(db) {
        await db.prepare("CREATE TABLE item (id INTEGER PRIMARY KEY)").run();
        await db.prepare("INSERT INTO item VALUES (?), (?)").bind(7, Number.MAX_SAFE_INTEGER).run();
        const { results } = await db
          .prepare("SELECT id FROM item WHERE id IN (?, ?)")
          .bind(7, Number.MAX_SAFE_INTEGER)
          .all();
        expect(results).toEqual([{ id: 7 }, { id: Number.MAX_SAFE_INTEGER }]);
      },
    },
    {
      behaviour: "keeps whole numbers up to 2^53 exactly, and larger ones as the nearest double",
      async run(db) {
        for (const value of [2 ** 53 - 1, 2 ** 53, 2 ** 63, -(2 ** 63)]) {
          expect(await boundAs(db, value)).toEqual({ value, type: "real" });
        }
      },
    },
    {
      behaviour: "keeps every digit of the smallest and largest numbers",
      async run(db) {
        for (const value of [5e-324, 2.2250738585072014e-308, 0.1 + 0.2, 1e308, Number.MAX_VALUE]) {
          expect(await boundAs(db, value)).toEqual({ value, type: "real" });
        }
      },
    },
    {
      behaviour: "takes bound whole numbers for LIMIT and OFFSET, and refuses fractions",
      async run(db) {
        const page = db.prepare('SELECT value FROM json_each(\'["a","b","c"]\') LIMIT ? OFFSET ?');
        expect(await page.bind(1, 1).raw()).toEqual([["b"]]);
        await expect(page.bind(1.5, 0).raw()).rejects.toThrow("D1_ERROR: datatype mismatch: SQLITE_MISMATCH");
      },
    },
  ],
} satisfies Concept;
