import { expect } from "vitest";
import { type Concept, everywhere } from "../conformance-case.ts";
import { expectD1Error } from "../failures.ts";

const times = (count: number, text: string) => Array<string>(count).fill(text);
const statementOf = (bytes: number) => `SELECT 1 /*${"x".repeat(bytes - "SELECT 1 /**/".length)}*/`;

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
