import { beforeAll, describe, expect, it } from "vitest";
import type { CompiledStatement } from "../../src/database/compiled-statement.ts";
import { StatementCompiler } from "../../src/database/statement-compiler.ts";
import { maxBoundParameters, maxStatementBytes, maxValueBytes } from "../../src/limits.ts";
import type { SqlValue } from "../../src/protocol.ts";
import { bareObject, inBareObject } from "../runtime-contract/bare-object.ts";

const stub = bareObject();

const schema = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a, b UNIQUE, at DEFAULT CURRENT_TIMESTAMP);
  CREATE TABLE plain (a, b DEFAULT 5);
  CREATE TABLE parent (id INTEGER PRIMARY KEY);
  CREATE TABLE lazy (p REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE eager (p REFERENCES parent);
  CREATE VIRTUAL TABLE doc USING fts5(body);
  CREATE VIEW dice AS SELECT random() AS n;
  CREATE TABLE watched (a);
  CREATE TRIGGER stamping AFTER UPDATE ON watched BEGIN INSERT INTO plain VALUES (new.a, unixepoch()); END;
  CREATE TRIGGER giving_up BEFORE INSERT ON watched BEGIN SELECT RAISE(ROLLBACK, 'no'); END;
  CREATE TRIGGER half_done BEFORE DELETE ON watched BEGIN SELECT RAISE(FAIL, 'no'); END;
  CREATE TABLE generated (a, twice AS (a * 2));
`;

beforeAll(() => inBareObject(({ storage }) => void storage.sql.exec(schema).toArray(), stub));

function compile(sql: string, params: SqlValue[] = []): Promise<CompiledStatement> {
  return inBareObject(({ storage }) => new StatementCompiler(storage.sql).compile(sql, params), stub);
}

describe("a statement that does not compile", () => {
  it.each([
    ["has a syntax error", "SELEC 1", 'D1_ERROR: near "SELEC": syntax error'],
    ["names a missing table", "SELECT * FROM missing", "D1_ERROR: no such table: missing"],
    ["is empty", " -- nothing\n;", "D1_ERROR: No SQL statements detected."],
    ["begins like transaction control", "BEGIN NOW", "D1_ERROR: near"],
    ["the runtime refuses", "ATTACH 'a' AS b", "D1_ERROR: not authorized"],
    ["needs another number of parameters", "SELECT ?, ?", "D1_ERROR: Wrong number of parameter bindings"],
    ["explains itself twice", "EXPLAIN EXPLAIN SELECT 1", ""],
  ])("because it %s is refused", async (_why, sql, message) => {
    if (sql.startsWith("EXPLAIN")) {
      // Judged to read, whatever it is; SQLite says that it is nonsense when it runs.
      expect((await compile(sql)).writes).toBe(false);
    } else await expect(compile(sql)).rejects.toThrow(message);
  });

  it.each([
    ["OR ROLLBACK", "INSERT OR ROLLBACK INTO t (b) VALUES (1)"],
    ["UPDATE OR ROLLBACK", "UPDATE OR ROLLBACK t SET b = 1"],
    ["OR ROLLBACK on FTS5", "INSERT OR ROLLBACK INTO doc VALUES ('a')"],
    ["RAISE(ROLLBACK) in a trigger", "INSERT INTO watched VALUES (1)"],
  ])("because it would end the transaction (%s) is refused", async (_how, sql) => {
    await expect(compile(sql)).rejects.toMatchObject({ code: "STATEMENT_REFUSED" });
  });

  it("is refused because a limit is exceeded", async () => {
    const refusal = { code: "LIMIT_EXCEEDED" };
    const tooLong = `SELECT '${"é".repeat(maxStatementBytes / 2)}'`;
    await expect(compile(tooLong)).rejects.toMatchObject(refusal);
    const tooMany = Array.from({ length: maxBoundParameters + 1 }, () => 1);
    await expect(compile("SELECT 1", tooMany)).rejects.toMatchObject(refusal);
    for (const value of [
      "x".repeat(maxValueBytes + 1),
      new ArrayBuffer(maxValueBytes + 1),
      "é".repeat(maxValueBytes / 2 + 1),
    ]) {
      await expect(compile("SELECT ?", [value])).rejects.toMatchObject(refusal);
    }
  });

  it("is not refused at the limits", async () => {
    await compile(`SELECT '${"x".repeat(maxStatementBytes - 9)}'`);
    await compile("SELECT ?", ["x".repeat(maxValueBytes)]);
    await compile(
      `SELECT ${Array(maxBoundParameters).fill("?").join(", ")}`,
      Array(maxBoundParameters).fill(1),
    );
  });
});

describe("whether a statement writes", () => {
  it.each([
    ["SELECT * FROM t", false],
    ["WITH x AS (SELECT 1) SELECT * FROM x", false],
    ["VALUES (1)", false],
    ["SELECT * FROM dice", false],
    ["SELECT * FROM doc WHERE doc MATCH 'a'", false],
    ["SELECT * FROM pragma_table_info('t')", false],
    ["EXPLAIN DELETE FROM t", false],
    ["EXPLAIN QUERY PLAN DELETE FROM t", false],
    ["PRAGMA table_info(t)", false],
    ["INSERT INTO t (a) VALUES (1)", true],
    ["WITH x AS (SELECT 1) DELETE FROM t", true],
    ["UPDATE t SET a = 1 WHERE 0", true],
    ["DELETE FROM t RETURNING a", true],
    ["INSERT INTO doc (doc) VALUES ('optimize')", true],
    ["CREATE TABLE IF NOT EXISTS fresh (a)", true],
    ["DROP TABLE IF EXISTS plain", true],
    ["REINDEX", true],
    ["ANALYZE", true],
    ["PRAGMA optimize", true],
    ["PRAGMA defer_foreign_keys = ON", true],
  ])("%s: %s", async (sql, writes) => {
    expect((await compile(sql)).writes).toBe(writes);
  });
});

describe("whether a statement changes the schema", () => {
  it.each([
    ["CREATE INDEX fresh ON t (a)", true],
    ["ALTER TABLE plain RENAME COLUMN a TO z", true],
    ["ALTER TABLE plain ADD COLUMN z", true],
    ["DROP VIEW dice", true],
    ["DROP TRIGGER stamping", true],
    ["CREATE VIRTUAL TABLE v USING fts5(a)", true],
    ["INSERT INTO t (a) VALUES (1)", false],
    ["DELETE FROM t", false],
    ["INSERT INTO doc VALUES ('a')", false],
  ])("%s: %s", async (sql, changesSchema) => {
    expect((await compile(sql)).changesSchema).toBe(changesSchema);
  });
});

describe("whether a statement does the same when it is run again", () => {
  it.each([
    ["INSERT INTO plain (a) VALUES (upper('a') || json('[1]') || abs(-1))", true],
    ["UPDATE t SET a = (SELECT sum(a) FROM plain)", true],
    ["INSERT INTO plain SELECT row_number() OVER (), 1 FROM t", true],
    ["INSERT INTO generated (a) VALUES (1)", true],
    ["ALTER TABLE plain RENAME COLUMN a TO z", true],
    ["ALTER TABLE plain DROP COLUMN b", true],
    ["DELETE FROM doc WHERE doc MATCH 'a'", true],
    ["INSERT INTO plain (a) VALUES (random())", false],
    ["INSERT INTO plain (a) VALUES (RANDOMBLOB(8))", false],
    ["INSERT INTO t (a) VALUES (1)", false],
    ["INSERT INTO t (a, at) VALUES (1, 2)", true],
    ["UPDATE plain SET a = datetime('now')", false],
    ["UPDATE plain SET a = CURRENT_TIME", false],
    ["UPDATE watched SET a = 1", false],
    ["INSERT INTO plain SELECT n, 1 FROM dice", false],
    ["INSERT INTO plain (a) VALUES (last_insert_rowid())", false],
    ["DELETE FROM plain WHERE random() % 2", false],
    ["INSERT INTO plain (a) SELECT a FROM t ORDER BY random() LIMIT 1", false],
  ])("%s: %s", async (sql, deterministic) => {
    expect((await compile(sql)).deterministic).toBe(deterministic);
  });
});

describe("whether a statement may fail in part, or leave a foreign key violated", () => {
  it.each([
    ["INSERT OR FAIL INTO t (b) VALUES (1)", { failsInPart: true, defersForeignKeys: false }],
    ["DELETE FROM watched WHERE a = 1", { failsInPart: true }],
    ["INSERT OR FAIL INTO doc VALUES ('a')", { failsInPart: true, writesVirtualTable: true }],
    ["INSERT OR IGNORE INTO t (b) VALUES (1)", { failsInPart: false }],
    ["INSERT INTO lazy VALUES (1)", { failsInPart: false, defersForeignKeys: true }],
    ["DELETE FROM parent WHERE id = 1", { defersForeignKeys: true }],
    ["INSERT INTO eager VALUES (1)", { defersForeignKeys: false }],
  ])("%s: %o", async (sql, expected) => {
    expect(await compile(sql)).toMatchObject(expected);
  });
});

describe("the text that is run", () => {
  it.each([
    ["SELECT 1; -- a comment", "SELECT 1"],
    ["-- a comment\nSELECT 1", "SELECT 1"],
    ["\ufeffSELECT 1 /* one */ ;;", "SELECT 1"],
    ["SELECT /* inside */ 1", "SELECT /* inside */ 1"],
  ])("is one statement without what stands around it: %j", async (sql, run) => {
    expect((await compile(sql)).sql).toBe(run);
  });
});
