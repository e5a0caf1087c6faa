import { describe, expect, it } from "vitest";
import { splitStatements } from "../../src/database/sql-text.ts";
import { scan, scanInWindows } from "../support/scanned.ts";

const statements = (text: string) => scan(text).map(({ sql }) => sql);
const heads = (text: string) => scan(text).map(({ insertHead }) => insertHead);

describe("the scanner of SQL files", () => {
  it.each([
    ["nothing", ""],
    ["blanks and semicolons", " ;; \n\t;\f\v\r"],
    ["comments", "-- a; b\n/* c; d */ -- e"],
    ["a comment that is never closed", "/* SELECT 1; SELECT 2"],
    ["a comment at the very end", ";--"],
    ["a byte order mark", "\ufeff"],
  ])("finds no statement in %s", (_what, text) => {
    expect(statements(text)).toEqual([]);
  });

  it.each([
    "SELECT 'a;b', 'it''s; fine', '--', '/*', '*/';",
    "SELECT 'never closed; SELECT 2",
    'SELECT "a;""b;" FROM t',
    "SELECT `a;``b;` FROM t",
    "SELECT [a;b] FROM t",
    "SELECT 1 /* a; b */ + 2 -- c; d\n+ 3",
    "SELECT 1 /*/; */ + 2",
    "SELECT 1 /***; **/ + 2",
    "SELECT - - 1 / 2 * 3",
    "SELECT 'é;€;😀;'",
    "INSERT INTO t VALUES ('a;b', \"c;d\", X'00'), ((1), '''')",
    "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; SELECT 'END;'; UPDATE t SET a = CASE WHEN 1 THEN 2 END; END",
    "EXPLAIN CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END",
    "create /* ; */ trigger x after insert on t begin select 1; /* END; */ end",
  ])("does not split %s", (statement) => {
    expect(statements(`SELECT 0; ${statement}`).length).toBe(2);
    expect(statements(statement)).toEqual([statement.replace(/;$/, "")]);
  });

  it.each([
    ["after the END of a trigger", "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END; SELECT 2"],
    ["at a name that only looks like a trigger", "CREATE TABLE trigger_log (a); SELECT 2"],
    ["at CRLF line ends", "SELECT 1;\r\nSELECT 2;\r\n"],
    ["at a byte order mark", "\ufeffSELECT 1;\ufeffSELECT 2"],
    ["without a blank", "SELECT 1;SELECT 2;"],
    ["between INSERTs", "INSERT INTO t VALUES(1);INSERT INTO t VALUES(2)"],
    ["before a comment that follows an INSERT", "INSERT INTO t VALUES(1);-- a\nINSERT INTO t VALUES(2)-- b"],
  ])("splits %s", (_where, text) => {
    expect(statements(text)).toHaveLength(2);
    expect(statements(text)).toEqual(splitStatements(text).map(({ sql }) => sql));
  });

  const everything = `\ufeff-- a dump; of everything\r
PRAGMA foreign_keys=OFF;BEGIN TRANSACTION;
CREATE TABLE "größe; ""x""" (a -- one; two
  , b /* 'three' */);
INSERT INTO "größe; ""x""" VALUES('it''s; é€😀','/*'),(X'00ff',-1.5e-3);
INSERT INTO "größe; ""x""" VALUES('--',NULL);
INSERT INTO "größe; ""x"""(a) VALUES((SELECT ';')) ON CONFLICT DO NOTHING;
CREATE TRIGGER \`a;b\` AFTER INSERT ON [größe; "x"] BEGIN SELECT ';'; SELECT CASE WHEN 1 THEN 2 END; END;
/**/;;SELECT 1 -- 'unclosed
; SELECT 2 /* ; */
`;

  it("finds the same in windows of every size, however they cut the text", () => {
    const bytes = new TextEncoder().encode(everything);
    const whole = scanInWindows(bytes, bytes.length);
    expect(statements(everything)).toEqual(splitStatements(everything).map(({ sql }) => sql));
    expect(whole).toHaveLength(9);
    for (let size = 1; size < bytes.length; size++)
      expect(scanInWindows(bytes, size), `${size}`).toEqual(whole);
  });

  it("finds the same in a file that is cut at any byte as what SQLite's rules find in it", () => {
    const bytes = new TextEncoder().encode(everything);
    for (let end = 0; end < bytes.length; end++) {
      const text = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes.subarray(0, end));
      expect(statements(text), text).toEqual(splitStatements(text).map(({ sql }) => sql));
    }
  });
});

describe("a plain INSERT", () => {
  it.each([
    ["INSERT INTO t VALUES", "(1)"],
    ["insert into t(a, b) values ", "(1, 2), (3, 4)"],
    ['INSERT INTO "a;b"("c;d", e) VALUES\n', "('x', X'00', NULL, -1.5e3, ((2)))"],
    ["INSERT INTO `a;b` VALUES", "(1)"],
    ["INSERT INTO [a;b] VALUES", "(1)"],
    ["INSERT OR IGNORE INTO t VALUES", "(1)"],
    ["INSERT\r\n OR\tREPLACE INTO t VALUES", "(1)"],
    ["REPLACE INTO t VALUES", "(1)"],
  ])("is known by what stands before its rows: %j", (head, rows) => {
    expect(heads(`${head}${rows};`)).toEqual([head]);
    expect(heads(`${head}${rows};\n${head} ${rows} ;`)[1]?.trimEnd()).toBe(head.trimEnd());
  });

  it.each([
    "INSERT INTO t VALUES(1) ON CONFLICT DO NOTHING;",
    "INSERT INTO t VALUES(1) RETURNING a;",
    "INSERT INTO t VALUES(1)--;\n;",
    "INSERT INTO t VALUES(1 /*;*/);",
    "INSERT INTO t VALUES(1 -- ;\n);",
    "INSERT INTO t /* ; */ VALUES(1);",
    "INSERT INTO t(a /* ; */) VALUES(1);",
    "INSERT INTO t(a -- \n) VALUES(1);",
    "INSERT INTO t VALUES(`a;`);",
    "INSERT INTO t VALUES([a;]);",
    "INSERT INTO t SELECT 1;",
    "INSERT INTO t DEFAULT VALUES;",
    "INSERT INTO t AS x VALUES(1);",
    "INSERT INTO main.t VALUES(1);",
    "INSERT OR ROLLBACK INTO t VALUES(1);",
    "INSERT OR FAIL INTO t VALUES(1);",
    "WITH x AS (VALUES(1)) INSERT INTO t VALUES(1);",
    "EXPLAIN INSERT INTO t VALUES(1);",
    "INSERT INTO t VALUES(1) UNION SELECT 2;",
    "INSERT INTO t VALUES(1), (2) EXCEPT VALUES(1);",
    "INSERT INTO t VALUES(1",
    "INSERT INTO t VALUES('1);",
    "INSERT INTO t VALUES(1)",
  ])("is not %s", (text) => {
    expect(heads(text)).toEqual([undefined]);
    // Nor after one that has the same head.
    expect(heads(`INSERT INTO t VALUES(0);${text}`)).toEqual(["INSERT INTO t VALUES", undefined]);
  });
});

// They end: the time of none grows with the square of the length, or worse. The clock of the whole test sees to it.
describe("the time that the scanner takes", () => {
  it.each([
    ["strings", `SELECT '${"''".repeat(200_000)}';`],
    ["slashes", `SELECT ${"/".repeat(400_000)};`],
    ["stars in a comment", `/*${"*".repeat(400_000)}`],
    ["dashes", `SELECT ${"- ".repeat(200_000)};`],
    ["semicolons", ";".repeat(400_000)],
    ["quotes at the head of an INSERT", `INSERT INTO "${'""'.repeat(200_000)} VALUES(1);`],
    ["quoted columns without blanks", `INSERT INTO t (${'""'.repeat(100_000)}x VALUES(1);`],
    ["blanks at the head of an INSERT", `INSERT ${" ".repeat(400_000)}INTO t VALUES(1);`],
    ["a trigger that never ends", `CREATE TRIGGER x AFTER INSERT ON t BEGIN ${"SELECT 1;".repeat(20_000)}`],
  ])("is in proportion to the length of %s", (_what, text) => {
    expect(scan(text).length).toBeLessThan(3);
  });
});
