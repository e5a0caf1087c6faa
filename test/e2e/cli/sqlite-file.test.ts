import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { SqliteFile } from "../../../src/cli/sqlite/sqlite-file.ts";
import { StatementCutter } from "../../../src/cli/sqlite/statement-cutter.ts";
import { queryFile } from "./sqlite-database.ts";

const dir = mkdtempSync(join(tmpdir(), "d1-procedures-sqlite-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Makes a database from a dump. @returns Its path. */
function make(sql: string): string {
  const path = join(dir, `${crypto.randomUUID()}.sqlite3`);
  const file = SqliteFile.create(path);
  const cutter = new StatementCutter();
  for (const piece of [...cutter.cut(new TextEncoder().encode(sql)), ...cutter.end()]) file.execute(piece);
  file.finish();
  return path;
}

const table = "CREATE TABLE t (x);\nINSERT INTO t VALUES (1), (2);\n";

describe("a dump", () => {
  it.each([
    [
      "a table twice",
      "CREATE TABLE t (x);\nCREATE TABLE t (y);\n",
      "table t already exists, in: CREATE TABLE t (y)",
    ],
    [
      "rows that are refused",
      "CREATE TABLE t (x UNIQUE);\nINSERT INTO t VALUES (1), (1);\n",
      "UNIQUE constraint failed: t.x",
    ],
    ["a statement that is cut off", "CREATE TABLE t (x);\nINSERT INTO t VALUES ('", "unrecognized token"],
    ["a NUL character", "CREATE TABLE t (x);\nINSERT INTO t VALUES ('\0');\n", "has a NUL character in it"],
    ["a transaction of its own", "CREATE TABLE t (x);\nCOMMIT;\nBEGIN;\n", "no dump has: COMMIT"],
    [
      "a PRAGMA that is none of a dump",
      "PRAGMA writable_schema=ON;\n",
      "no dump has: PRAGMA writable_schema=ON",
    ],
    [
      "a text in double quotes that is missing elsewhere",
      'CREATE TABLE t (x);\nCREATE INDEX i ON u ("a");\n',
      "no such table: main.u",
    ],
  ])("with %s makes no database", (_, sql, message) => {
    expect(() => make(sql)).toThrow(message);
  });

  it("reaches no other file", () => {
    const other = join(dir, "other.sqlite3");
    for (const statement of [
      `attach/* */'${other}' AS o`,
      `VACUUM INTO '${other}'`,
      `EXPLAIN VACUUM INTO '${other}'`,
    ]) {
      expect(() => make(`${table}${statement};\n`)).toThrow(`no dump has: ${statement}`);
    }
    expect(existsSync(other)).toBe(false);
  });

  it("may refer to rows that come later, or to none", () => {
    const path = make(
      "CREATE TABLE child (parent REFERENCES parent (id));\nINSERT INTO child VALUES (1);\nCREATE TABLE parent (id PRIMARY KEY);\n",
    );
    expect(queryFile(path, "SELECT parent FROM child")).toEqual([{ parent: 1 }]);
  });

  it("keeps texts in double quotes in the schema, which mean what they did", () => {
    const tableSql = `CREATE TABLE t (x CHECK (x IN ("a", "it's")), y AS (x || "!"))`;
    const indexSql = 'CREATE UNIQUE INDEX i ON t (x) WHERE x <> "a"';
    const path = make(`${tableSql};\nINSERT INTO t VALUES ('a'), ('a'), ('it''s');\n${indexSql};\n`);
    SqliteFile.check(path, [{ name: "t", rows: 3 }]);
    expect(queryFile(path, "SELECT sql FROM sqlite_schema ORDER BY name DESC")).toEqual([
      { sql: tableSql },
      { sql: indexSql },
    ]);
    expect(queryFile(path, "SELECT DISTINCT y FROM t ORDER BY y")).toEqual([{ y: "a!" }, { y: "it's!" }]);
    expect(() => make(`${tableSql};\nINSERT INTO t VALUES ('b');\n`)).toThrow("CHECK constraint failed");
  });
});

describe("the check of a database", () => {
  it("takes one that is whole, whether or not the rows are known", () => {
    const path = make(table);
    SqliteFile.check(path, [{ name: "t", rows: 2 }]);
    SqliteFile.check(path, null);
  });

  it("counts the rows of each table", () => {
    const path = make(table);
    expect(() => SqliteFile.check(path, [{ name: "t", rows: 3 }])).toThrow(
      "The table t has 2 rows, and the backup says that it has 3.",
    );
    expect(() => SqliteFile.check(path, [{ name: 'u"', rows: 0 }])).toThrow('no such table: u"');
  });

  it("tells what SQLite finds", () => {
    // Of a full-text index, a part is missing.
    const path = make(
      "CREATE VIRTUAL TABLE f USING fts5 (x);\nINSERT INTO f VALUES ('a');\nDELETE FROM f_docsize;\n",
    );
    expect(() => SqliteFile.check(path, null)).toThrow(
      "The database that the backup makes is not sound: malformed inverted index for FTS5 table main.f",
    );
  });
});
