import { describe, expect, it } from "vitest";
import type { ProcedureDatabase, Transaction } from "../../src/procedures.ts";
import { inDatabase } from "../support/in-database.ts";
import { insert, names, withItems } from "../support/items.ts";

const notAwaited = { code: "STATEMENT_NOT_AWAITED", message: expect.stringContaining("await") };
const closed = { code: "TRANSACTION_CLOSED", message: expect.stringContaining("did not run") };

describe("a forgotten await", () => {
  const forgotten: [string, (db: ProcedureDatabase, txn: Transaction) => Promise<unknown>][] = [
    ["a statement", (db) => insert(db, "lost")],
    ["a statement of txn", (_, txn) => insert(txn, "lost")],
    ["a read", (db) => db.prepare("SELECT * FROM item").all()],
    ["a batch", (db) => db.batch([db.prepare("INSERT INTO item VALUES ('lost')")])],
    ["a script", (db) => db.exec("INSERT INTO item VALUES ('lost')")],
    ["a nested transaction", (db) => db.transaction(async () => insert(db, "lost"))],
    ["a nested transaction that waits", (db) => db.transaction(() => scheduler.wait(2))],
    ["txn.rollback()", (_, txn) => txn.rollback()],
  ];

  it.each(forgotten)("at the end of the callback fails the transaction: %s", async (_, forget) =>
    inDatabase(async (database) => {
      const db = await withItems(database);
      for (const wait of [false, true]) {
        let left: Promise<unknown> | undefined;
        const { error } = await db.transaction(async (txn) => {
          await insert(db, "before");
          if (wait) await scheduler.wait(1);
          left = forget(db, txn);
          left.catch(() => {});
          return { done: true };
        });
        expect(error).toMatchObject(notAwaited);
        // It settles, so that whoever does await it later does not wait for ever.
        await Promise.allSettled([left]);
      }
      expect(await names(database)).toEqual([]);
    })(),
  );

  it(
    "in a nested block fails that block alone",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const { inner } = await db.transaction(async () => {
        await insert(db, "outer");
        const inner = await db.transaction(async () => {
          await insert(db, "inner");
          insert(db, "lost").catch(() => {});
          return {};
        });
        return { inner: inner.error };
      });
      expect(inner).toMatchObject(notAwaited);
      expect(await names(database)).toEqual(["outer"]);
    }),
  );

  it(
    "of a statement that comes any number of microtasks after the callback's end: it is part of the transaction, or an error",
    inDatabase(async (database) => {
      const db = await withItems(database);
      for (let microtasks = 0; microtasks < 25; microtasks++) {
        const name = `late ${microtasks}`;
        let late: Promise<unknown> | undefined;
        const { error } = await db.transaction(async () => {
          const returned = insert(db, "in time");
          late = returned.then(async () => {
            for (let n = 0; n < microtasks; n++) await undefined;
            await insert(db, name);
          });
          late.catch(() => {});
          await returned;
          return { done: true };
        });
        const [settled] = await Promise.allSettled([late]);
        const rows = await database.column("SELECT name FROM item WHERE name = ?", name);
        const kept = error === undefined && settled!.status === "fulfilled";
        expect({ microtasks, rows: rows.length }).toEqual({ microtasks, rows: kept ? 1 : 0 });
        if (settled!.status === "rejected") expect(settled!.reason.code).toBe("TRANSACTION_CLOSED");
      }
    }),
  );

  it(
    "of the transaction itself is an error of the call, and nothing is left of it",
    inDatabase(async (database) => {
      await withItems(database);
      const scope = database.scope();
      const db = database.db(scope);
      const forgotten = db.transaction(async () => {
        await insert(db, "lost");
        await scheduler.wait(5);
        await insert(db, "lost too");
      });
      await scheduler.wait(1);
      await expect(scope.end()).rejects.toMatchObject({ code: "TRANSACTION_LEFT_OPEN" });
      expect(await forgotten).toMatchObject({ error: { code: "TRANSACTION_LEFT_OPEN" } });
      await scheduler.wait(10);
      expect(await names(database)).toEqual([]);
    }),
  );

  it.each([false, true])(
    "of txn.commit() at the end is the commit that comes there anyway (after a wait: %s)",
    async (wait) =>
      inDatabase(async (database) => {
        const db = await withItems(database);
        let commit: Promise<void> | undefined;
        const result = await db.transaction(async (txn) => {
          await insert(db, "stored");
          if (wait) await scheduler.wait(1);
          commit = txn.commit();
          return { done: true };
        });
        expect(result).toEqual({ done: true });
        await commit;
        expect(await names(database)).toEqual(["stored"]);
      })(),
  );
});

describe("a transaction that has ended", () => {
  it(
    "refuses every use of its kept handle, and nothing is written",
    inDatabase(async (database) => {
      const db = await withItems(database);
      for (const outcome of ["returns", "throws"]) {
        let kept: Transaction | undefined;
        await db.transaction(async (txn) => {
          kept = txn;
          await insert(txn, outcome);
          if (outcome === "throws") throw new Error("no");
        });
        const uses = [
          insert(kept!, "late"),
          kept!.prepare("SELECT 1").first(),
          kept!.batch([kept!.prepare("INSERT INTO item VALUES ('late')")]),
          kept!.exec("INSERT INTO item VALUES ('late')"),
          kept!.prepare("SAVEPOINT s").run(),
          kept!.commit(),
          kept!.rollback(),
        ];
        for (const use of uses) await expect(use).rejects.toMatchObject(closed);
      }
      expect(await names(database)).toEqual(["returns"]);
    }),
  );

  it(
    "refuses statements that its callback left running beside it, instead of letting them autocommit",
    inDatabase(async (database) => {
      const db = await withItems(database);
      let left: Promise<unknown> | undefined;
      await db.transaction(async () => {
        await insert(db, "in time");
        left = scheduler.wait(5).then(() => insert(db, "late"));
        left.catch(() => {});
      });
      await expect(left).rejects.toMatchObject(closed);
      expect(await names(database)).toEqual(["in time"]);
    }),
  );

  it(
    "tells why it ended",
    inDatabase(async (database) => {
      const db = await withItems(database);
      let kept: Transaction | undefined;
      await db.transaction(async (txn) => {
        kept = txn;
        throw new Error("the payment failed");
      });
      await expect(insert(kept!, "late")).rejects.toMatchObject({
        message: expect.stringContaining("the payment failed"),
        cause: { message: "the payment failed" },
      });
    }),
  );

  it(
    "of a nested block refuses its handle while the outer one goes on",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async () => {
        let kept: Transaction | undefined;
        await db.transaction(async (nested) => {
          kept = nested;
        });
        await expect(insert(kept!, "late")).rejects.toMatchObject(closed);
        await expect(kept!.rollback()).rejects.toMatchObject(closed);
        await insert(db, "outer");
      });
      expect(await names(database)).toEqual(["outer"]);
    }),
  );
});

describe("the order of commit() and rollback()", () => {
  it(
    "does not matter: a commit after a rollback commits what came in between, which is nothing here",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async (txn) => {
        await insert(db, "undone");
        await txn.rollback();
        await txn.commit();
        await insert(db, "kept");
        await txn.commit();
        await txn.rollback();
      });
      expect(await names(database)).toEqual(["kept"]);
    }),
  );
});

describe("the db of another call, used inside a transaction", () => {
  it(
    "is refused, because it would wait for the mutex that the transaction holds",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const other = database.db();
      await db.transaction(async () => {
        for (const use of [insert(other, "x"), other.transaction(() => 1, { onError: "throw" })]) {
          await expect(use).rejects.toMatchObject({ code: "REENTRANT_CALL" });
        }
      });
      await insert(other, "afterwards");
      expect(await names(database)).toEqual(["afterwards"]);
    }),
  );
});

describe("a mixed-up statement", () => {
  it(
    "that is a promise in a batch is named by its index",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const running = insert(db, "a");
      await expect(
        db.batch([db.prepare("SELECT 1"), running as unknown as D1PreparedStatement]),
      ).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringContaining("entry 1") });
      await running;
    }),
  );
});
