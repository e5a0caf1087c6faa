import { expect } from "vitest";
import { type Concept, everywhere } from "../conformance-case.ts";
import { expectD1Words, failureOf } from "../failures.ts";

const names = (db: D1Database) => db.prepare("SELECT name FROM item").raw();

const counts: [what: string, script: string, count: number][] = [
  ["one statement", "SELECT 1", 1],
  ["one with its semicolon", "SELECT 1;", 1],
  ["one a line", "SELECT 1;\nSELECT 2;\nSELECT 3;", 3],
  ["one a line without semicolons", "SELECT 1\nSELECT 2", 2],
  ["lines that end in CRLF", "SELECT 1;\r\nSELECT 2;\r\n", 2],
  ["blank lines between", "SELECT 1;\n\n  \nSELECT 2;", 2],
  ["blank lines around", "\n\n SELECT 1;\n\n", 1],
  ["an indented comment line between", "SELECT 1;\n  -- between\nSELECT 2;", 2],
  ["a byte order mark", "\ufeffSELECT 1;", 1],
];

/** Scripts that D1 refuses because of the way it cuts them up, and their number of statements. */
const refused: [what: string, script: string, count: number][] = [
  ["a statement over several lines", "SELECT\n 1\n;\nSELECT 2;", 2],
  ["a string with a line end in it", "SELECT 'a\nb';", 1],
  ["a comment in front", "-- before\nSELECT 1;", 1],
  ["a comment behind the semicolon", "SELECT 1; -- after", 1],
];

export default {
  title: "exec()",
  cases: [
    {
      behaviour: "tells of a script the number of its statements and its duration, and nothing else",
      async run(db) {
        const result = await db.exec("CREATE TABLE item (name TEXT);\nINSERT INTO item VALUES ('a');");
        expect(result).toEqual({ count: 2, duration: expect.any(Number) });
      },
    },
    ...counts.map(([what, script, count]) => ({
      behaviour: `executes a script of ${what}`,
      async run(db: D1Database) {
        expect((await db.exec(script)).count).toBe(count);
      },
    })),
    ...refused.map(([what, script, count]) => ({
      behaviour: `refuses a script with ${what}`,
      async run(db: D1Database) {
        expect((await failureOf(db.exec(script))).message).toMatch(/^D1_EXEC_ERROR: Error in line 1: /);
      },
      differs: [
        {
          on: everywhere,
          entry: "A script is split into statements, not lines",
          async run(db: D1Database) {
            expect((await db.exec(script)).count).toBe(count);
          },
        },
      ],
    })),
    {
      behaviour: "refuses a script without a statement",
      async run(db) {
        for (const script of ["", " \n\t"]) {
          const failure = await failureOf(db.exec(script));
          expectD1Words(failure, "D1_EXEC_ERROR", "Error in line 1: : No SQL statements detected.");
        }
        expect((await failureOf(db.exec("-- nothing"))).message).toMatch(
          /^D1_EXEC_ERROR: Error in line 1: -- nothing: /,
        );
      },
    },
    {
      behaviour: "counts several statements on one line as one",
      async run(db) {
        expect((await db.exec("SELECT 1; SELECT 2;\nSELECT 3;")).count).toBe(2);
      },
      differs: [
        {
          on: everywhere,
          entry: "A script is split into statements, not lines",
          async run(db) {
            expect((await db.exec("SELECT 1; SELECT 2;\nSELECT 3;")).count).toBe(3);
          },
        },
      ],
    },
    {
      behaviour: "runs the statements of a script in order, each on what the one before has made",
      async run(db) {
        await db.exec(
          "CREATE TABLE item (name TEXT)\nINSERT INTO item VALUES ('a')\nINSERT INTO item SELECT name || 'b' FROM item",
        );
        expect(await names(db)).toEqual([["a"], ["ab"]]);
      },
    },
    {
      behaviour: "runs several statements on one line",
      async run(db) {
        await db.exec("CREATE TABLE item (name TEXT); INSERT INTO item VALUES ('a; b'), ('--'); SELECT 1");
        expect(await names(db)).toEqual([["a; b"], ["--"]]);
      },
    },
    {
      behaviour: "makes a trigger that stands on one line",
      async run(db) {
        await db.exec(
          "CREATE TABLE item (name TEXT);\nCREATE TABLE log (name TEXT);\n" +
            "CREATE TRIGGER t AFTER INSERT ON item BEGIN INSERT INTO log VALUES (new.name); SELECT 1; END;\n" +
            "INSERT INTO item VALUES ('a');",
        );
        expect(await db.prepare("SELECT * FROM log").raw()).toEqual([["a"]]);
      },
    },
    {
      behaviour: "refuses a trigger over several lines",
      async run(db) {
        const failure = await failureOf(
          db.exec("CREATE TABLE item (a);\nCREATE TRIGGER t AFTER INSERT ON item\nBEGIN\n SELECT 1;\nEND;"),
        );
        expect(failure.message).toContain("incomplete input");
      },
      differs: [
        {
          on: everywhere,
          entry: "A script is split into statements, not lines",
          async run(db) {
            const trigger =
              "CREATE TRIGGER t AFTER INSERT ON item\nBEGIN\n SELECT CASE 1 WHEN 1 THEN 2 END;\nEND;";
            expect(
              (await db.exec(`CREATE TABLE item (a);\n${trigger}\nINSERT INTO item VALUES (1);`)).count,
            ).toBe(3);
          },
        },
      ],
    },
    {
      behaviour: "leaves nothing of a script that fails",
      async run(db) {
        await db.exec("CREATE TABLE item (name TEXT UNIQUE)");
        const script = db.exec("INSERT INTO item VALUES ('a');\nINSERT INTO item VALUES ('a');");
        await expect(script).rejects.toThrow("UNIQUE constraint failed: item.name");
        expect(await names(db)).toEqual([]);
      },
    },
    {
      behaviour: "names line 1, its text and what is wrong with it",
      async run(db) {
        expectD1Words(
          await failureOf(db.exec("SELEC 1")),
          "D1_EXEC_ERROR",
          'Error in line 1: SELEC 1: near "SELEC": syntax error at offset 0: SQLITE_ERROR',
        );
      },
    },
    {
      behaviour: "names line 1 whichever line fails",
      async run(db) {
        expectD1Words(
          await failureOf(db.exec("SELECT 1;\nSELEC 2;")),
          "D1_EXEC_ERROR",
          'Error in line 1: SELECT 1;: near "SELEC": syntax error at offset 0: SQLITE_ERROR',
        );
      },
      differs: [
        {
          on: everywhere,
          entry: "exec() names the line that fails",
          async run(db) {
            expectD1Words(
              await failureOf(db.exec("SELECT 1;\nSELEC 2;")),
              "D1_EXEC_ERROR",
              'Error in line 2: SELEC 2: near "SELEC": syntax error at offset 0: SQLITE_ERROR',
            );
          },
        },
      ],
    },
    {
      behaviour: "takes no parameters in a script",
      async run(db) {
        expectD1Words(
          await failureOf(db.exec("SELECT ?")),
          "D1_EXEC_ERROR",
          "Error in line 1: SELECT ?: Wrong number of parameter bindings for SQL query.",
        );
      },
    },
    {
      behaviour: "rejects for a script that is not a string",
      async run(db) {
        for (const script of [undefined, null, 1]) {
          await expect(db.exec(script as unknown as string)).rejects.toThrow(Error);
        }
      },
    },
  ],
} satisfies Concept;
