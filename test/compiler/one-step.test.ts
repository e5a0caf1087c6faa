import { describe, expect, it } from "vitest";
import { inDatabase } from "../support/in-database.ts";

const setUp = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a CHECK (a <> 'bad'), b UNIQUE, c DEFAULT CURRENT_TIMESTAMP);
  CREATE INDEX by_a ON t (a);
  CREATE TABLE plain (a, b);
  CREATE TABLE keyed (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
  CREATE TABLE parent (id INTEGER PRIMARY KEY);
  CREATE TABLE child (parent REFERENCES parent ON DELETE CASCADE);
  CREATE TABLE watched (a);
  CREATE TRIGGER watch AFTER INSERT ON watched BEGIN INSERT INTO plain VALUES (new.a, 1); END;
  CREATE TABLE computed (a, twice AS (a || a));
  CREATE INDEX by_twice ON computed (twice);
`;

describe("a statement that writes in one step", () => {
  it.each([
    "INSERT INTO t (a, b) VALUES (?, ?)",
    "INSERT INTO plain VALUES (1, 2)",
    "INSERT INTO keyed VALUES (?, ?)",
    "INSERT INTO child VALUES (?)",
    "UPDATE plain SET a = ? WHERE rowid = ?",
    "UPDATE t SET a = ? WHERE id = ?",
    "UPDATE t SET a = a + 1 WHERE b = ?",
    "DELETE FROM t WHERE id = ?",
    "DELETE FROM plain WHERE rowid = ?",
  ])("needs no savepoint: %s", async (sql) =>
    inDatabase(async (database) => {
      await database.db().exec(setUp);
      const params = [...sql.matchAll(/\?/g)].map(() => 1);
      expect(database.engine.runner.compiler.compile(sql, params).failsInPart).toBe(false);
    })(),
  );

  it.each([
    "INSERT INTO plain VALUES (1, 2), (3, 4)",
    "INSERT INTO plain SELECT a, b FROM t",
    "INSERT INTO watched VALUES (1)",
    "INSERT INTO t (b) VALUES (1) ON CONFLICT (b) DO UPDATE SET a = b || c",
    "UPDATE plain SET a = a || a",
    "UPDATE t SET a = 1 WHERE a = 2",
    "UPDATE t SET a = 1 WHERE id IN (1, 2)",
    "DELETE FROM parent WHERE id = 1",
    "DELETE FROM t WHERE a = 1",
  ])("does not hold for %s", async (sql) =>
    inDatabase(async (database) => {
      await database.db().exec(setUp);
      expect(database.engine.runner.compiler.compile(sql, []).failsInPart).toBe(true);
    })(),
  );
});

/** Failures for which SQLite keeps no journal of the statement: it does not foresee them. */
const halfWays = [
  {
    how: "malformed JSON in a later row",
    setUp: `CREATE TABLE s (a); INSERT INTO s VALUES ('[1,2]'), ('[3'); CREATE TABLE t (a)`,
    sql: "INSERT INTO t SELECT j.value FROM s, json_each(s.a) AS j",
    message: "malformed JSON",
  },
  {
    how: "an overflow in a later group",
    setUp: `CREATE TABLE s (g, a); CREATE TABLE t (a);
      INSERT INTO s VALUES (1, 1), (2, 9223372036854775807), (2, 1)`,
    sql: "INSERT INTO t SELECT sum(a) FROM s GROUP BY g",
    message: "integer overflow",
  },
  {
    how: "triggers that nest too deep",
    setUp: `CREATE TABLE t (a);
      ${Array.from({ length: 12 }, (_, i) => `CREATE TABLE t${i} (a);`).join("\n")}
      CREATE TRIGGER first AFTER INSERT ON t BEGIN INSERT INTO t0 VALUES (new.a); END;
      ${Array.from({ length: 11 }, (_, i) => `CREATE TRIGGER tr${i} AFTER INSERT ON t${i} BEGIN INSERT INTO t${i + 1} VALUES (new.a); END;`).join("\n")}`,
    sql: "INSERT INTO t VALUES (1)",
    message: "too many levels of trigger recursion",
  },
];

describe("a write that fails in the middle", () => {
  it.each(halfWays)("leaves nothing: $how", async ({ setUp, sql, message }) =>
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(setUp);
      await expect(db.prepare(sql).run()).rejects.toThrow(message);
      expect(await database.column("SELECT count(*) FROM t")).toEqual([0]);
      await db.transaction(async () => {
        await db.exec("CREATE TABLE other (a)");
        await expect(db.prepare(sql).run()).rejects.toThrow(message);
        expect(await db.prepare("SELECT count(*) AS n FROM t").first("n")).toBe(0);
        await scheduler.wait(1);
      });
      expect(await database.column("SELECT count(*) FROM t, other")).toEqual([0]);
    })(),
  );
});
