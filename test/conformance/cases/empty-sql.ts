import { expect } from "vitest";
import { type Concept, everywhere } from "../conformance-case.ts";
import { expectD1Error } from "../failures.ts";

const nothing = "No SQL statements detected.";
const noStatement = "SQL code did not contain a statement.";

const onlyComments = ["-- nothing", "/* nothing */", ";", ";;"];
const commentsBehind = ["SELECT 1 AS a; -- after", "SELECT 1 AS a; /* after */", "SELECT 1 AS a;;"];

export default {
  title: "SQL without a statement",
  cases: [
    {
      behaviour: "refuses an empty text and one of blanks",
      async run(db) {
        for (const sql of ["", " ", "\n\t "]) await expectD1Error(db.prepare(sql).all(), nothing);
      },
    },
    {
      behaviour: "refuses a text of indented line comments like an empty one",
      async run(db) {
        await expectD1Error(db.prepare("\n  -- nothing").all(), nothing);
      },
    },
    {
      behaviour: "has other words for comments and semicolons alone",
      async run(db) {
        for (const sql of onlyComments) await expectD1Error(db.prepare(sql).all(), noStatement);
      },
      differs: [
        {
          on: everywhere,
          entry: "Comments are blanks",
          async run(db) {
            for (const sql of onlyComments) await expectD1Error(db.prepare(sql).all(), nothing);
          },
        },
      ],
    },
    {
      behaviour: "refuses a comment or semicolon behind the closing semicolon",
      async run(db) {
        for (const sql of commentsBehind) await expectD1Error(db.prepare(sql).all(), noStatement);
      },
      differs: [
        {
          on: everywhere,
          entry: "Comments are blanks",
          async run(db) {
            for (const sql of commentsBehind) expect(await db.prepare(sql).first("a"), sql).toBe(1);
          },
        },
      ],
    },
    {
      behaviour: "reads a text with a NUL in it up to there, and fails for the rest",
      async run(db) {
        await expectD1Error(db.prepare("SELECT 1 AS a\0, 2 AS b").all(), noStatement);
      },
      differs: [
        {
          on: everywhere,
          entry: "A NUL in SQL is refused",
          async run(db) {
            for (const sql of ["SELECT 1 AS a\0, 2 AS b", "SELECT 'a\0b'"]) {
              await expect(db.prepare(sql).all()).rejects.toMatchObject({
                code: "STATEMENT_REFUSED",
                message: expect.stringContaining("NUL character"),
              });
            }
          },
        },
      ],
    },
  ],
} satisfies Concept;
