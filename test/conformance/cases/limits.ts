import { expect } from "vitest";
import { type Concept, everywhere, overABinding } from "../conformance-case.ts";
import { expectD1Error } from "../failures.ts";

const times = (count: number, text: string) => Array<string>(count).fill(text);
const statementOf = (bytes: number) => `SELECT 1 /*${"x".repeat(bytes - "SELECT 1 /**/".length)}*/`;

const tooManyStatements = (db: D1Database) => Array<D1PreparedStatement>(10_001).fill(db.prepare("SELECT 1"));
const tooLongScript = `${statementOf(90_000)};\n`.repeat(120);
const fortyMegabytes =
  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) SELECT hex(zeroblob(500000)) AS text FROM n";

const lengthOf = (db: D1Database, value: string | Uint8Array) =>
  db.prepare("SELECT length(?) AS length").bind(value).first("length");

export default {
  title: "Limits",
  cases: [
    {
      behaviour: "takes values of 2,000,000 bytes",
      async run(db) {
        expect(await lengthOf(db, "x".repeat(2_000_000))).toBe(2_000_000);
        expect(await lengthOf(db, new Uint8Array(2_000_000))).toBe(2_000_000);
      },
    },
    {
      behaviour: "takes larger values locally",
      async run(db) {
        expect(await lengthOf(db, "x".repeat(2_000_001))).toBe(2_000_001);
      },
      differs: [
        {
          on: everywhere,
          entry: "Limits of production hold locally",
          async run(db) {
            for (const value of ["x".repeat(2_000_001), "é".repeat(1_000_001), new Uint8Array(2_000_001)]) {
              await expect(lengthOf(db, value)).rejects.toMatchObject({
                code: "LIMIT_EXCEEDED",
                message: expect.stringContaining("the limit is 2000000"),
              });
            }
          },
        },
      ],
    },
    {
      behaviour: "takes statements of 99,000 bytes",
      async run(db) {
        expect(await db.prepare(statementOf(99_000)).raw()).toEqual([[1]]);
      },
    },
    {
      behaviour: "refuses statements of more than 100,000 bytes as SQLite words it",
      async run(db) {
        await expectD1Error(db.prepare(statementOf(100_001)).raw(), "statement too long: SQLITE_TOOBIG");
      },
      differs: [
        {
          on: everywhere,
          entry: "Limits have a code and say what to do",
          async run(db) {
            await expect(db.prepare(statementOf(100_001)).raw()).rejects.toMatchObject({
              code: "LIMIT_EXCEEDED",
              message: expect.stringContaining("The statement has 100001 bytes"),
            });
          },
        },
      ],
    },
    {
      behaviour: "refuses a row of more than 2 MB",
      async run(db) {
        await db.prepare("CREATE TABLE file (head TEXT, body TEXT)").run();
        const half = "x".repeat(1_500_000);
        const insert = db.prepare("INSERT INTO file VALUES (?, ?)").bind(half, half).run();
        await expectD1Error(insert, "string or blob too big: SQLITE_TOOBIG");
      },
    },
    {
      behaviour: "takes batches of any length",
      async run(db) {
        expect(await db.batch(tooManyStatements(db))).toHaveLength(10_001);
      },
      differs: [
        {
          on: overABinding,
          entry: "A call over a binding is bounded",
          async run(db) {
            await expect(db.batch(tooManyStatements(db))).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
          },
        },
      ],
    },
    {
      behaviour: "takes scripts of any length",
      async run(db) {
        expect((await db.exec(tooLongScript)).count).toBe(120);
      },
      differs: [
        {
          on: overABinding,
          entry: "A call over a binding is bounded",
          async run(db) {
            await expect(db.exec(tooLongScript)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
          },
        },
      ],
    },
    {
      behaviour: "gives results of any size",
      async run(db) {
        const { results } = await db.prepare(fortyMegabytes).all<{ text: string }>();
        expect(results.reduce((sum, { text }) => sum + text.length, 0)).toBe(40_000_000);
      },
      differs: [
        {
          on: overABinding,
          entry: "A call over a binding is bounded",
          async run(db) {
            await expect(db.prepare(fortyMegabytes).all()).rejects.toThrow("32MiB");
            expect((await db.prepare(`${fortyMegabytes} LIMIT 20`).all()).results).toHaveLength(20);
          },
        },
      ],
    },
    {
      behaviour: "takes 100 columns, not 101",
      async run(db) {
        const rows = await db.prepare(`SELECT ${times(100, "1")}`).raw();
        expect(rows[0]).toHaveLength(100);
        const tooMany = "too many columns in result set: SQLITE_ERROR";
        await expectD1Error(db.prepare(`SELECT ${times(101, "1")}`).raw(), tooMany);
        const columns = Array.from({ length: 101 }, (_, index) => `c${index}`);
        const create = db.prepare(`CREATE TABLE wide (${columns})`).run();
        await expectD1Error(create, "too many columns on wide: SQLITE_ERROR");
      },
    },
    {
      behaviour: "takes 5 terms of a compound SELECT, not 6",
      async run(db) {
        expect(await db.prepare(times(5, "SELECT 1").join(" UNION ALL ")).raw()).toHaveLength(5);
        const six = db.prepare(times(6, "SELECT 1").join(" UNION ALL ")).raw();
        await expectD1Error(six, "too many terms in compound SELECT: SQLITE_ERROR");
      },
    },
    {
      behaviour: "takes any number of rows of VALUES",
      async run(db) {
        const rows = times(500, "(1)").join(",");
        expect(await db.prepare(`SELECT count(*) AS n FROM (VALUES ${rows})`).first("n")).toBe(500);
      },
    },
    {
      behaviour: "takes LIKE and GLOB patterns of 50 bytes, not 51",
      async run(db) {
        for (const operator of ["LIKE", "GLOB"]) {
          const match = db.prepare(`SELECT 'a' ${operator} ? AS matches`);
          expect(await match.bind("x".repeat(50)).first("matches")).toBe(0);
          const tooComplex = "LIKE or GLOB pattern too complex: SQLITE_ERROR";
          await expectD1Error(match.bind("x".repeat(51)).first(), tooComplex);
        }
      },
    },
    {
      behaviour: "takes expressions 100 deep, not 101",
      async run(db) {
        expect(await db.prepare(`SELECT ${times(100, "1").join("+")} AS sum`).first("sum")).toBe(100);
        await expectD1Error(
          db.prepare(`SELECT ${times(101, "1").join("+")} AS sum`).first(),
          "Expression tree is too large (maximum depth 100): SQLITE_ERROR",
        );
      },
    },
  ],
} satisfies Concept;
