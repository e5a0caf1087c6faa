import { describe, expect, it } from "vitest";
import { inDatabase } from "../support/in-database.ts";

describe("a transaction that waits for something outside the database", () => {
  it(
    "lets readers see the last committed state meanwhile, and nothing of its own",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a); INSERT INTO t VALUES ('committed')");
      const seen: unknown[] = [];
      await db.transaction(async () => {
        await db.exec("INSERT INTO t VALUES ('open'); UPDATE t SET a = a || '!'");
        for (let call = 0; call < 3; call++) {
          await scheduler.wait(2);
          seen.push(await database.column("SELECT a FROM t"));
          await db.exec("INSERT INTO t VALUES ('more')");
        }
      });
      expect(seen).toEqual([["committed"], ["committed"], ["committed"]]);
      expect(await database.column("SELECT a FROM t")).toEqual([
        "committed!",
        "open!",
        "more",
        "more",
        "more",
      ]);
    }),
  );

  it(
    "finds its own state again after each wait, also what it deleted",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)");
      const own = () => db.prepare("SELECT group_concat(a) AS list FROM t").first("list");
      const seen = await db.transaction(
        async () => {
          const seen: unknown[] = [];
          await db.exec("DELETE FROM t WHERE a = 2");
          await scheduler.wait(1);
          seen.push(await own());
          await db.exec("UPDATE t SET a = a * 10");
          await scheduler.wait(1);
          seen.push(await own());
          await scheduler.wait(1);
          seen.push(await own());
          return seen;
        },
        { onError: "throw" },
      );
      expect(seen).toEqual(["1,3", "10,30", "10,30"]);
    }),
  );

  it(
    "reads at once when it has written nothing, without a turn of its own",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
      const count = await db.transaction(
        async () => {
          await scheduler.wait(1);
          const read = db.prepare("SELECT count(*) AS n FROM t").first<number>("n");
          expect(database.engine.physicalOpen).toBe(false);
          return read;
        },
        { onError: "throw" },
      );
      expect(count).toBe(1);
    }),
  );

  it(
    "detaches although a timer that was started before it is overdue",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a)");
      const outside = scheduler.wait(1);
      const until = Date.now() + 3;
      while (Date.now() < until) database.state.storage.sql.exec("SELECT 1").toArray();
      await db.transaction(async () => {
        await db.prepare("INSERT INTO t VALUES (1)").run();
        await scheduler.wait(1);
        expect(await database.column("SELECT a FROM t")).toEqual([]);
      });
      await outside;
      expect(await database.column("SELECT a FROM t")).toEqual([1]);
    }),
  );

  it(
    "runs what was issued at once in that order, after the wait as before it",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a)");
      const count = () => db.prepare("SELECT count(*) AS n FROM t").first<number>("n");
      const insert = () => db.prepare("INSERT INTO t VALUES (1)").run();
      const counts = await db.transaction(
        async (txn) => {
          await scheduler.wait(1);
          const [, afterInsert] = await Promise.all([insert(), count()]);
          await scheduler.wait(1);
          await Promise.all([insert(), txn.rollback()]);
          const afterRollback = await count();
          await scheduler.wait(1);
          await Promise.all([insert(), txn.commit()]);
          const committed = await database.column("SELECT count(*) FROM t");
          return { afterInsert, afterRollback, committed };
        },
        { onError: "throw" },
      );
      expect(counts).toEqual({ afterInsert: 1, afterRollback: 0, committed: [1] });
    }),
  );

  it(
    "undoes only the nested block that fails, not what was issued at once before it",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a)");
      await db.transaction(
        async () => {
          await scheduler.wait(1);
          const insert = db.prepare("INSERT INTO t VALUES ('kept')").run();
          const nested = db.transaction(async () => {
            await db.prepare("INSERT INTO t VALUES ('undone')").run();
            throw new Error("nested");
          });
          await Promise.all([insert, nested]);
        },
        { onError: "throw" },
      );
      expect(await database.column("SELECT a FROM t")).toEqual(["kept"]);
    }),
  );

  it(
    "sets a savepoint after what was issued at once before it",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a)");
      const run = (sql: string) => db.prepare(sql).run();
      await db.transaction(
        async () => {
          await scheduler.wait(1);
          await Promise.all([run("INSERT INTO t VALUES ('kept')"), run("SAVEPOINT here")]);
          await run("INSERT INTO t VALUES ('undone')");
          await run("ROLLBACK TO here");
        },
        { onError: "throw" },
      );
      expect(await database.column("SELECT a FROM t")).toEqual(["kept"]);
    }),
  );
});
