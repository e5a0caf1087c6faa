import { describe, expect, it } from "vitest";
import type { TestDatabase } from "../support/in-database.ts";
import { inDatabase } from "../support/in-database.ts";

async function withDice(database: TestDatabase) {
  const db = database.db();
  await db.exec("CREATE TABLE dice (n); INSERT INTO dice VALUES (0), (0), (0); CREATE TABLE t (a)");
  const throwDice = () => db.prepare("UPDATE dice SET n = random()").run();
  const read = () => database.column("SELECT CAST(n AS TEXT) FROM dice");
  /** Inside the transaction, so that from now on it has seen the values. */
  const look = async () =>
    (await db.prepare("SELECT CAST(n AS TEXT) AS n FROM dice").all<{ n: string }>()).results.map(
      ({ n }) => n,
    );
  return { db, throwDice, look, read };
}

describe("a transaction that has read what random() wrote in place", () => {
  it(
    "keeps the database over an external call: readers wait, and the values are committed as seen",
    inDatabase(async (database) => {
      const { db, throwDice, look, read } = await withDice(database);
      let reading: Promise<unknown> | undefined;
      const seen = await db.transaction(
        async () => {
          await throwDice();
          const seen = await look();
          await scheduler.wait(10);
          expect(database.engine.physicalOpen).toBe(true);
          // What the same event asks from outside, without the transaction: see test/engine/reads.test.ts.
          reading = database.engine.query([{ sql: "SELECT CAST(n AS TEXT) FROM dice", params: [] }]);
          await scheduler.wait(10);
          return seen;
        },
        { onError: "throw" },
      );
      expect(await reading).toMatchObject([{ data: { rows: seen.map((n) => [n]) } }]);
      expect(await read()).toEqual(seen);
    }),
  );

  it(
    "lets go of the database while nobody has read the values yet",
    inDatabase(async (database) => {
      const { db, throwDice, look, read } = await withDice(database);
      const seen = await db.transaction(
        async () => {
          await throwDice();
          await scheduler.wait(1);
          expect(database.engine.physicalOpen).toBe(false);
          // Thrown again by the replay, and seen only now.
          return look();
        },
        { onError: "throw" },
      );
      expect(await read()).toEqual(seen);
    }),
  );

  it(
    "lets go of it again after txn.commit()",
    inDatabase(async (database) => {
      const { db, throwDice, look, read } = await withDice(database);
      await db.transaction(
        async (txn) => {
          await throwDice();
          const seen = await look();
          await txn.commit();
          await db.prepare("INSERT INTO t VALUES (1)").run();
          await scheduler.wait(1);
          expect(database.engine.physicalOpen).toBe(false);
          expect(await read()).toEqual(seen);
        },
        { onError: "throw" },
      );
    }),
  );

  it(
    "leaves the turn that it shares first, and reads values that no neighbour's failure can change",
    inDatabase(async (database) => {
      const { db, throwDice, look, read } = await withDice(database);
      const insert = (a: string) => database.db().prepare("INSERT INTO t VALUES (?)").bind(a).run();
      const failing = database.db();
      const before = insert("before");
      const pinned = db.transaction(
        async () => {
          await throwDice();
          return look();
        },
        { onError: "throw" },
      );
      const failed = failing.transaction(async () => {
        await failing.prepare("UPDATE dice SET n = 0").run();
        throw new Error("declined");
      });
      await Promise.all([before, failed, insert("after")]);
      expect(await read()).toEqual(await pinned);
      expect(await database.column("SELECT a FROM t")).toEqual(["before", "after"]);
    }),
  );

  it(
    "is rolled back by its own timeout when it waits for an event that was started before its turn",
    inDatabase(async (database) => {
      const { db, throwDice, look, read } = await withDice(database);
      // A response, not a timer: it cannot be delivered while the transaction is open.
      const { promise: response, resolve } = Promise.withResolvers<void>();
      const abort = new AbortController();
      const event = scheduler.wait(25_000, { signal: abort.signal }).then(resolve, () => {});
      const { error } = (await db.transaction(
        async () => {
          await throwDice();
          await look();
          await response;
          return {};
        },
        { timeoutMs: 100 },
      )) as { error: Error };
      expect(error).toMatchObject({ code: "TRANSACTION_TIMEOUT" });
      expect(error.message).toContain("started before its first statement cannot arrive");
      expect(await read()).toEqual(["0", "0", "0"]);
      abort.abort();
      await event;
    }),
  );

  // The runtime fires no timer inside before that one: the object stood still for 30 s, and then was reset, with every call under way.
  it(
    "is rolled back by its own timeout although a timer from outside is overdue meanwhile",
    inDatabase(async (database) => {
      const { db, throwDice, look, read } = await withDice(database);
      // The next one is always outside, and due before the one inside.
      const outside = setInterval(() => {}, 5);
      const { error } = (await db.transaction(
        async () => {
          await throwDice();
          await look();
          await scheduler.wait(40);
          return {};
        },
        { timeoutMs: 300 },
      )) as { error: Error };
      clearInterval(outside);
      expect(error).toMatchObject({ code: "TRANSACTION_TIMEOUT" });
      expect(await read()).toEqual(["0", "0", "0"]);
    }),
  );

  it(
    "is rolled back by its timeout also when it has detached before",
    inDatabase(async (database) => {
      const { db, throwDice, look, read } = await withDice(database);
      const { error } = (await db.transaction(
        async () => {
          await db.prepare("INSERT INTO t VALUES (1)").run();
          await scheduler.wait(20);
          await throwDice();
          await look();
          await new Promise(() => {});
          return {};
        },
        { timeoutMs: 150 },
      )) as { error: Error };
      expect(error).toMatchObject({ code: "TRANSACTION_TIMEOUT" });
      expect(await read()).toEqual(["0", "0", "0"]);
      await db.prepare("INSERT INTO t VALUES ('the mutex is free')").run();
    }),
  );
});
