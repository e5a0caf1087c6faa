import { describe, expect, it } from "vitest";
import { inDatabase } from "../support/in-database.ts";

describe("last_insert_rowid()", () => {
  it(
    "is still the transaction's own after an external call",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p, a)");
      await db.transaction(
        async () => {
          await db.prepare("INSERT INTO p VALUES (41)").run();
          await scheduler.wait(1);
          await db.prepare("INSERT INTO c VALUES (last_insert_rowid(), 'after the wait')").run();
          await db.prepare("INSERT INTO p VALUES (42)").run();
          expect(await db.prepare("SELECT last_insert_rowid() AS id").first("id")).toBe(42);
          await scheduler.wait(1);
          expect(await db.prepare("SELECT last_insert_rowid() AS id").first("id")).toBe(42);
        },
        { onError: "throw" },
      );
      expect(await database.query("SELECT p, a FROM c")).toEqual([[41, "after the wait"]]);
    }),
  );

  it(
    "that a write stored is the same after a replay",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p); INSERT INTO c VALUES (0)");
      await db.transaction(
        async () => {
          await db.prepare("INSERT INTO p VALUES (41)").run();
          await db.prepare("UPDATE c SET p = last_insert_rowid()").run();
          await db.prepare("INSERT INTO p VALUES (42)").run();
          await scheduler.wait(1);
          await db.prepare("INSERT INTO p VALUES (43)").run();
          await scheduler.wait(1);
        },
        { onError: "throw" },
      );
      expect(await database.column("SELECT p FROM c")).toEqual([41]);
    }),
  );

  it(
    "survives the check of deferred foreign keys at a commit, as do the counts of changes",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(`
        CREATE TABLE p (id INTEGER PRIMARY KEY);
        CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED);
      `);
      const seen = await db.transaction(
        async (txn) => {
          await db.prepare("INSERT INTO c VALUES (40)").run();
          await db.prepare("INSERT INTO p VALUES (40)").run();
          await txn.commit();
          const id = await db.prepare("SELECT last_insert_rowid() AS id").first("id");
          const { meta } = await db.prepare("INSERT INTO p VALUES (50)").run();
          return { id, changes: meta.changes };
        },
        { onError: "throw" },
      );
      expect(seen).toEqual({ id: 40, changes: 1 });
    }),
  );

  it(
    "may be what a failed statement left, without a replay taking it for another",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
      await db.transaction(
        async () => {
          await db.prepare("INSERT INTO t VALUES (1, 'a')").run();
          await expect(db.prepare("INSERT INTO t VALUES (9, 'b'), (9, 'c')").run()).rejects.toThrow("UNIQUE");
          await db.prepare("UPDATE t SET a = 'changed'").run();
          await scheduler.wait(1);
          await db.prepare("UPDATE t SET a = a || '!'").run();
        },
        { onError: "throw" },
      );
      expect(await database.query("SELECT id, a FROM t")).toEqual([[1, "changed!"]]);
    }),
  );
});
