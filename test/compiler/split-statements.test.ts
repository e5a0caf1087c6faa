import { describe, expect, it } from "vitest";
import { headOf, splitStatements } from "../../src/database/sql-text.ts";

const split = (script: string) => splitStatements(script).map(({ sql }) => sql);

describe("splitStatements", () => {
  it("refuses a NUL character, at which SQLite would stop reading without a word", () => {
    expect(() => split("SELECT 1;\0 DROP TABLE t")).toThrow("NUL");
  });

  it.each([
    ["nothing", ""],
    ["blanks and semicolons", " ;; \n\t;\f"],
    ["comments", "-- a; b\n/* c; d */ -- e"],
    ["a comment that is never closed", "/* SELECT 1; SELECT 2"],
    ["a byte order mark", "\ufeff"],
  ])("finds no statement in %s", (_what, script) => {
    expect(split(script)).toEqual([]);
  });

  it.each([
    ["a string", "SELECT 'a;b', 'it''s; fine', '--', '/*'"],
    ["a string that is never closed", "SELECT 'a; SELECT 2"],
    ["a name in double quotes", 'SELECT "a;""b;" FROM t'],
    ["a name in backticks", "SELECT `a;``b;` FROM t"],
    ["a name in brackets", "SELECT [a;b] FROM t"],
    ["a comment inside it", "SELECT 1 /* a; b */ + 2 -- c; d\n+ 3"],
    ["a variable with a suffix in parentheses", "SELECT $a::b(c;d)"],
    ["a blob literal", "SELECT x'00', X'ff'"],
    ["a minus that is no comment", "SELECT 1 - -1"],
  ])("does not split %s", (_what, statement) => {
    expect(split(`${statement};`).length).toBe(1);
    expect(split(statement)).toEqual([statement]);
  });

  it.each([
    ["after a string", "SELECT 'a'; SELECT 'b'", ["SELECT 'a'", "SELECT 'b'"]],
    ["after a line comment that ends", "SELECT 1 -- it's\n; SELECT 2", ["SELECT 1", "SELECT 2"]],
    ["after a block comment with a quote", "SELECT 1 /* it's */; SELECT 2", ["SELECT 1", "SELECT 2"]],
    ["at CRLF line ends", "SELECT 1;\r\nSELECT 2;\r\n", ["SELECT 1", "SELECT 2"]],
    ["after a byte order mark", "\ufeffSELECT 1;\ufeffSELECT 2", ["SELECT 1", "SELECT 2"]],
    [
      "where `/*/` opens a comment and does not close it",
      "SELECT 1 /*/; */; SELECT 2",
      ["SELECT 1", "SELECT 2"],
    ],
    [
      "after a variable whose parenthesis holds a blank",
      "SELECT $a(b ;SELECT 2",
      ["SELECT $a(b", "SELECT 2"],
    ],
    ["after a name with letters beyond ASCII", "SELECT é;SELECT 💾", ["SELECT é", "SELECT 💾"]],
    ["without a blank between", "SELECT 1;SELECT 2;;SELECT 3", ["SELECT 1", "SELECT 2", "SELECT 3"]],
  ])("splits %s", (_where, script, statements) => {
    expect(split(script)).toEqual(statements);
  });

  const body = "BEGIN SELECT 1; UPDATE t SET a = CASE WHEN a THEN 1 ELSE 2 END; SELECT 'END'; END";

  it.each([
    `CREATE TRIGGER x AFTER INSERT ON t ${body}`,
    `create trigger if not exists main.x before delete on t ${body.toLowerCase()}`,
    `CREATE TEMP TRIGGER x AFTER INSERT ON t ${body}`,
    `CREATE /* a; b */ TEMPORARY -- c;\n TRIGGER x AFTER INSERT ON t ${body}`,
    `EXPLAIN CREATE TRIGGER x AFTER INSERT ON t ${body}`,
    `EXPLAIN QUERY PLAN CREATE TEMP TRIGGER x AFTER INSERT ON t ${body}`,
    `CREATE TRIGGER x AFTER INSERT ON t ${body.replace("; END", "; /* last */ END")}`,
  ])("keeps a trigger together: %s", (trigger) => {
    expect(split(`${trigger}; SELECT 2`)).toEqual([trigger, "SELECT 2"]);
    expect(split(`SELECT 0; ${trigger} ;\n${trigger}`)).toEqual(["SELECT 0", trigger, trigger]);
  });

  it("keeps a trigger together that ends without a semicolon, and one that never ends", () => {
    const trigger = `CREATE TRIGGER x AFTER INSERT ON t ${body}`;
    expect(split(trigger)).toEqual([trigger]);
    const unfinished = "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; DELETE FROM t;";
    expect(split(unfinished)).toHaveLength(1);
  });

  it.each([
    ["an expression with END", "SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 2"],
    ["a table called trigger", "CREATE TABLE trigger_log (a); SELECT 2"],
    ["BEGIN and END themselves", "BEGIN; END"],
    ["a name TRIGGER in quotes", 'CREATE "TRIGGER" x; SELECT 2'],
  ])("takes %s for no trigger", (_what, script) => {
    expect(split(script)).toHaveLength(2);
  });

  it("gives the line on which each statement starts", () => {
    const lines = splitStatements("-- first\nSELECT 1;\n\n  /* second\n */ SELECT\n2; SELECT 3;\r\nSELECT 4");
    expect(lines.map(({ line }) => line)).toEqual([2, 5, 6, 7]);
  });

  it("takes time in proportion to the length of the text", () => {
    const scripts = (length: number) => [
      `SELECT '${"''".repeat(length / 2)}`,
      "/".repeat(length),
      "/* * / ".repeat(length / 7),
      "$a(".repeat(length / 3),
    ];
    /** The best of several: what the machine does beside it may only lengthen them. */
    const bestMs = (length: number) => {
      const texts = scripts(length);
      const runs = Array.from({ length: 5 }, () => {
        const started = performance.now();
        for (const text of texts) splitStatements(text);
        return performance.now() - started;
      });
      return Math.max(1, ...runs.toSorted((a, b) => a - b).slice(0, 1));
    };
    // In proportion to its square: 400 times as much.
    expect(bestMs(600_000) / bestMs(30_000)).toBeLessThan(100);
  });
});

describe("headOf", () => {
  it("gives the first tokens without blanks and comments, words in upper case, quoted names as they are", () => {
    expect(headOf("/* a */ pragma -- b\n main.\"Foo\" = 'x'", 10)).toEqual([
      "PRAGMA",
      "MAIN",
      ".",
      '"Foo"',
      "=",
      "'x'",
    ]);
    expect(headOf("a b c", 2)).toEqual(["A", "B"]);
  });
});
