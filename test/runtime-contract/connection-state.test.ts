/** What SQLite keeps for the connection rather than for a transaction. sql-runner.ts counts with it. */
import { describe, expect, it } from "vitest";
import { inBareObject } from "./bare-object.ts";

function counters(sql: SqlStorage) {
  return sql.exec("SELECT total_changes() AS total, changes() AS direct, last_insert_rowid() AS rowid").one();
}

describe("total_changes(), changes() and last_insert_rowid()", () => {
  it("keep their values when a transaction is rolled back", async () => {
    await inBareObject(async ({ storage }) => {
      storage.sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY)");
      await storage.transaction(async (physical) => {
        storage.sql.exec("INSERT INTO t VALUES (6), (7)");
        physical.rollback();
      });
      expect(counters(storage.sql)).toEqual({ total: 2, direct: 2, rowid: 7 });
    });
  });

  it("do not count what a failing statement undoes itself, but keep its last rowid", async () => {
    await inBareObject(({ storage: { sql } }) => {
      sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY)");
      expect(() => sql.exec("INSERT INTO t VALUES (7), (7)")).toThrow("UNIQUE");
      expect(counters(sql)).toEqual({ total: 0, direct: 0, rowid: 7 });
    });
  });

  it("count what OR FAIL leaves behind, also when a savepoint around it undoes it", async () => {
    await inBareObject(({ storage }) => {
      const { sql } = storage;
      sql.exec("CREATE TABLE t (id INTEGER PRIMARY KEY)");
      const failing = () => storage.transactionSync(() => sql.exec("INSERT OR FAIL INTO t VALUES (7), (7)"));
      expect(failing).toThrow("UNIQUE");
      expect(sql.exec("SELECT id FROM t").toArray()).toEqual([]);
      expect(counters(sql)).toMatchObject({ total: 1 });
    });
  });

  it("differ by cascades and triggers: only total_changes() counts them", async () => {
    await inBareObject(({ storage: { sql } }) => {
      sql.exec(`
        CREATE TABLE p (id INTEGER PRIMARY KEY);
        CREATE TABLE c (p REFERENCES p ON DELETE CASCADE);
        CREATE TABLE log (what);
        CREATE TRIGGER deleted AFTER DELETE ON p BEGIN INSERT INTO log VALUES (old.id); END;
        INSERT INTO p VALUES (1); INSERT INTO c VALUES (1), (1);
      `);
      const before = counters(sql).total as number;
      sql.exec("DELETE FROM p").toArray();
      expect(counters(sql)).toEqual({ total: before + 4, direct: 1, rowid: 2 });
    });
  });

  it("count what FTS5 writes later, at a savepoint", async () => {
    await inBareObject(async ({ storage }) => {
      const { sql } = storage;
      sql.exec("CREATE VIRTUAL TABLE doc USING fts5(body)");
      await storage.transaction(async () => {
        sql.exec("INSERT INTO doc VALUES ('words')").toArray();
        const { total, direct } = counters(sql);
        expect(direct).toBe(1);
        storage.transactionSync(() => {});
        expect(counters(sql).total).toBeGreaterThan(total as number);
      });
    });
  });
});

describe("an INSERT into a parent table", () => {
  const setUp = `
    CREATE TABLE p (id INTEGER PRIMARY KEY);
    CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE probe_parent (id INTEGER PRIMARY KEY);
    CREATE TABLE probe_child (p REFERENCES probe_parent DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO probe_child VALUES (NULL);
  `;

  // deferred-foreign-keys.ts learns from this difference whether the commit would fail.
  it.each([
    ["no deferred violation is open", "SELECT 1", 1],
    ["one is open in any table", "INSERT INTO c VALUES (1)", 2],
    ["one was open and is repaired", "INSERT INTO c VALUES (1); INSERT INTO p VALUES (1)", 1],
  ])("when %s, reads %3$i row(s)", async (_when, statement, rowsRead) => {
    await inBareObject(async ({ storage }) => {
      storage.sql.exec(setUp);
      await storage.transaction(async (physical) => {
        storage.sql.exec(statement).toArray();
        const probe = storage.sql.exec("INSERT INTO probe_parent VALUES (1)");
        probe.toArray();
        expect(probe.rowsRead).toBe(rowsRead);
        physical.rollback();
      });
    });
  });
});

describe("a flag pragma", () => {
  it("acts while it is compiled, also under EXPLAIN", async () => {
    await inBareObject(async ({ storage }) => {
      const flag = () => storage.sql.exec("PRAGMA defer_foreign_keys").one().defer_foreign_keys;
      await storage.transaction(async () => {
        expect(flag()).toBe(0);
        storage.sql.exec("EXPLAIN PRAGMA defer_foreign_keys = ON").toArray();
        expect(flag()).toBe(1);
      });
      expect(flag()).toBe(0);
    });
  });

  it("defer_foreign_keys ends with its transaction, rolled back or not", async () => {
    await inBareObject(async ({ storage }) => {
      const flag = () => storage.sql.exec("PRAGMA defer_foreign_keys").one().defer_foreign_keys;
      for (const rolledBack of [true, false]) {
        await storage.transaction(async (physical) => {
          storage.sql.exec("PRAGMA defer_foreign_keys = ON");
          if (rolledBack) physical.rollback();
        });
        expect(flag()).toBe(0);
      }
    });
  });
});
