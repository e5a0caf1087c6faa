import { expect } from "vitest";
import { type Concept, everywhere } from "../conformance-case.ts";
import { expectD1Error } from "../failures.ts";

const wrongNumber = "Wrong number of parameter bindings for SQL query.";

const run = (db: D1Database, sql: string, ...values: unknown[]) =>
  db
    .prepare(sql)
    .bind(...values)
    .raw();

const ones = (length: number) => Array<number>(length).fill(1);

export default {
  title: "Parameters",
  cases: [
    {
      behaviour: "fills ? in the order of the text",
      async run(db) {
        expect(await run(db, "SELECT ?, ?, ?", 1, "b", null)).toEqual([[1, "b", null]]);
      },
    },
    {
      behaviour: "fills ?1, ?2 by their numbers, in any order and more than once",
      async run(db) {
        expect(await run(db, "SELECT ?2, ?1, ?2", "a", "b")).toEqual([["b", "a", "b"]]);
      },
    },
    {
      behaviour: "counts a ? after ?2 as ?3",
      async run(db) {
        expect(await run(db, "SELECT ?2, ?", "a", "b", "c")).toEqual([["b", "c"]]);
      },
    },
    {
      behaviour: "wants a value for every number up to the largest",
      async run(db) {
        expect(await run(db, "SELECT ?3", "a", "b", "c")).toEqual([["c"]]);
        await expectD1Error(run(db, "SELECT ?3", "a"), wrongNumber);
      },
    },
    {
      behaviour: "fills :name, @name and $name in the order in which each first appears",
      async run(db) {
        expect(await run(db, "SELECT :b, @a, $c, :b", 1, 2, 3)).toEqual([[1, 2, 3, 1]]);
      },
    },
    {
      behaviour: "refuses too few values, too many and none",
      async run(db) {
        await expectD1Error(run(db, "SELECT ?, ?", 1), wrongNumber);
        await expectD1Error(run(db, "SELECT ?", 1, 2), wrongNumber);
        await expectD1Error(run(db, "SELECT 1", 1), wrongNumber);
        await expectD1Error(db.prepare("SELECT ?").all(), wrongNumber);
      },
    },
    {
      behaviour: "takes bind() without values where there are no parameters",
      async run(db) {
        expect(await run(db, "SELECT 1")).toEqual([[1]]);
      },
    },
    {
      behaviour: "sees no parameter in strings, quoted names and comments",
      async run(db) {
        const sql = `SELECT '?' AS "?1", ? AS [?2] /* ? */ -- ?`;
        expect(await run(db, sql, "only")).toEqual([["?", "only"]]);
      },
    },
    {
      behaviour: "takes parameters in IN lists, in expressions and as JSON",
      async run(db) {
        expect(await run(db, "SELECT 3 IN (?, ?), ? + ?", 3, 4, 1, 2)).toEqual([[1, 3]]);
        expect(await run(db, "SELECT value FROM json_each(?)", "[7,8]")).toEqual([[7], [8]]);
      },
    },
    {
      behaviour: "refuses a parameter in place of a name",
      async run(db) {
        await expect(run(db, "SELECT * FROM ?", "item")).rejects.toThrow('near "?": syntax error');
      },
    },
    {
      behaviour: "refuses parameters in views and defaults",
      async run(db) {
        const view = run(db, "CREATE VIEW v AS SELECT ? AS a", 1);
        await expectD1Error(view, "parameters are not allowed in views: SQLITE_ERROR");
        await expect(run(db, "CREATE TABLE t (a DEFAULT ?)", 1)).rejects.toThrow("syntax error");
      },
    },
    {
      behaviour: "takes 100 parameters",
      async run(db) {
        const sql = `SELECT 1 WHERE 1 IN (${ones(100)
          .fill(0)
          .map(() => "?")})`;
        expect(await run(db, sql, ...ones(100))).toEqual([[1]]);
        expect(await run(db, "SELECT ?100", ...ones(100))).toEqual([[1]]);
      },
    },
    {
      behaviour: "refuses the 101st parameter as SQLite words it",
      async run(db) {
        const values = ones(101);
        const sql = `SELECT 1 WHERE 1 IN (${values.map(() => "?")})`;
        await expect(run(db, sql, ...values)).rejects.toThrow("D1_ERROR: too many SQL variables at offset ");
        await expect(run(db, "SELECT ?101", ...values)).rejects.toThrow(
          "D1_ERROR: variable number must be between ?1 and ?100",
        );
      },
      differs: [
        {
          on: everywhere,
          entry: "Limits have a code and say what to do",
          async run(db) {
            const values = ones(101);
            await expect(run(db, `SELECT 1 IN (${values.map(() => "?")})`, ...values)).rejects.toMatchObject({
              code: "LIMIT_EXCEEDED",
              message: expect.stringContaining("101 bound parameters; the limit is 100"),
            });
          },
        },
      ],
    },
    {
      behaviour: "refuses ?0",
      async run(db) {
        await expectD1Error(
          run(db, "SELECT ?0", 1),
          "variable number must be between ?1 and ?100 at offset 7: SQLITE_ERROR",
        );
      },
    },
  ],
} satisfies Concept;
