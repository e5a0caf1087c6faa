import { describe, expect, it } from "vitest";
import { classifyPragma } from "../../src/database/pragmas.ts";
import { inDatabase } from "../support/in-database.ts";

describe("classifyPragma", () => {
  it.each([
    "PRAGMA journal_mode",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA writable_schema = ON",
    "PRAGMA user_version = 5",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA recursive_triggers(1)",
    "PRAGMA data_version = 1",
    "PRAGMA main.synchronous = OFF",
    "PRAGMA",
    "PRAGMA 'table_info'",
    'PRAGMA "defer_foreign_keys" = ON',
    "PRAGMA main.[defer_foreign_keys] = ON",
    "EXPLAIN QUERY PLAN PRAGMA main.defer_foreign_keys = ON",
    "PRAGMA never_heard_of",
  ])("refuses what is not on its list: %s", (sql) => {
    expect(classifyPragma(sql)).toBe("refused");
  });

  it.each([
    "PRAGMA table_info(t)",
    "PRAGMA main.table_info('t')",
    "PRAGMA table_xinfo = t",
    "/* a */ pragma -- b\n foreign_key_check",
    "PRAGMA index_list(t)",
    "PRAGMA quick_check",
    "PRAGMA data_version",
    "PRAGMA foreign_keys",
    "PRAGMA defer_foreign_keys",
    "PRAGMA recursive_triggers",
    "EXPLAIN PRAGMA table_info(t)",
    "EXPLAIN QUERY PLAN PRAGMA table_info(t)",
  ])("lets %s read", (sql) => {
    expect(classifyPragma(sql)).toBe("read");
  });

  it.each([
    ["PRAGMA defer_foreign_keys = ON", "defer-foreign-keys"],
    ["PRAGMA defer_foreign_keys(1)", "defer-foreign-keys"],
    ["PRAGMA main.defer_foreign_keys=0", "enforce-foreign-keys"],
    ["EXPLAIN PRAGMA defer_foreign_keys = ON", "defer-foreign-keys"],
    ["PRAGMA foreign_keys = OFF", "suspend-foreign-keys"],
    ["PRAGMA foreign_keys(0)", "suspend-foreign-keys"],
    ["PRAGMA foreign_keys = ON", "foreign-keys"],
    ["PRAGMA optimize", "optimize"],
  ])("knows what %s changes", (sql, kind) => {
    expect(classifyPragma(sql)).toBe(kind);
  });

  it.each(["SELECT 1", "", "SELECT * FROM pragma_table_info('t')", "EXPLAIN SELECT 1", "'PRAGMA'"])(
    "is not asked about %s",
    (sql) => {
      expect(classifyPragma(sql)).toBeUndefined();
    },
  );
});

describe("a PRAGMA", () => {
  it(
    "that is refused fails as in D1, and has done nothing",
    inDatabase(async (database) => {
      const db = database.db();
      for (const sql of ["PRAGMA recursive_triggers = ON", "EXPLAIN PRAGMA defer_foreign_keys = ON"]) {
        await expect(db.prepare(sql).run()).rejects.toThrow("D1_ERROR: not authorized: SQLITE_AUTH");
      }
      expect(await database.column("PRAGMA recursive_triggers")).toEqual([0]);
      await db.transaction(
        async () => {
          await db.exec("CREATE TABLE t (a)");
          const explained = db.prepare("EXPLAIN PRAGMA defer_foreign_keys = ON").run();
          await expect(explained).rejects.toThrow("not authorized");
          expect(await db.prepare("PRAGMA defer_foreign_keys").first("defer_foreign_keys")).toBe(0);
        },
        { onError: "throw" },
      );
    }),
  );

  // The compiler asks SQLite by an EXPLAIN in front, which would make the rest of EXPLAIN QUERY PLAN of it.
  it.each(["QUERY PLAN", "query /* */ plan", "-- a\n QUERY\tPLAN", "QUERY PLAN QUERY PLAN"])(
    "behind %j alone is no statement, and has done nothing",
    async (head) => {
      await inDatabase(async (database) => {
        const readOnly = { readOnly: true };
        for (const pragma of ["PRAGMA foreign_keys = OFF", "PRAGMA recursive_triggers = ON"]) {
          const sql = `${head} ${pragma}`;
          const refused = /near "query": syntax error at offset \d+: SQLITE_ERROR/i;
          await expect(database.engine.query([{ sql, params: [] }], readOnly)).rejects.toThrow(refused);
          await expect(database.engine.runScript(sql, readOnly)).rejects.toThrow(refused);
          await expect(database.db().prepare(sql).run()).rejects.toThrow(refused);
        }
        expect(await database.column("PRAGMA foreign_keys")).toEqual([1]);
        expect(await database.column("PRAGMA recursive_triggers")).toEqual([0]);
      })();
    },
  );

  it(
    "defer_foreign_keys ends with its transaction, also for a neighbour in the same turn",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p)");
      const deferring = db.batch([
        db.prepare("PRAGMA defer_foreign_keys = ON"),
        db.prepare("INSERT INTO c VALUES (1)"),
        db.prepare("INSERT INTO p VALUES (1)"),
      ]);
      const neighbour = database.db().prepare("INSERT INTO c VALUES (2)").run();
      await expect(neighbour).rejects.toThrow("FOREIGN KEY constraint failed");
      await deferring;
      expect(await database.column("SELECT p FROM c")).toEqual([1]);
    }),
  );

  it(
    "optimize runs as a write",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a); CREATE INDEX by_a ON t (a); INSERT INTO t VALUES (1)");
      await db.prepare("PRAGMA optimize").run();
      await db.transaction(async () => {
        await db.prepare("PRAGMA optimize").run();
        await scheduler.wait(1);
        await db.prepare("INSERT INTO t VALUES (2)").run();
      });
      expect(await database.column("SELECT a FROM t")).toEqual([1, 2]);
    }),
  );
});
