import { describe, expect, it } from "vitest";
import { inDatabase } from "../support/in-database.ts";
import { insert, names, withItems } from "../support/items.ts";

const reason = new Error("the customer went away");
const cancelled = { error: { code: "TRANSACTION_CANCELLED", cause: reason, retryable: false } };

describe("a signal", () => {
  it(
    "that has aborted already keeps the callback from running",
    inDatabase(async (database) => {
      let ran = false;
      const result = await database.db().transaction(
        () => {
          ran = true;
        },
        { signal: AbortSignal.abort(reason) },
      );
      expect(result).toMatchObject(cancelled);
      expect(ran).toBe(false);
    }),
  );

  it(
    "takes a transaction out of the queue at once, without waiting for those before it",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const controller = new AbortController();
      const order: string[] = [];
      const free = Promise.withResolvers<void>();
      const slow = db.transaction(() => free.promise).then(() => order.push("slow"));
      let ran = false;
      const queued = database.db().transaction(
        () => {
          ran = true;
        },
        { signal: controller.signal },
      );
      queued.then(() => order.push("cancelled"));
      await scheduler.wait(1);
      controller.abort(reason);
      expect(await queued).toMatchObject(cancelled);
      free.resolve();
      await slow;
      expect(order).toEqual(["cancelled", "slow"]);
      expect(ran).toBe(false);
    }),
  );

  it(
    "rolls back a transaction that waits for something, at once, and frees the mutex",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const controller = new AbortController();
      const waiting = db.transaction(
        async () => {
          await insert(db, "undone");
          await new Promise(() => {});
        },
        { signal: controller.signal },
      );
      const next = insert(database.db(), "next");
      await scheduler.wait(2);
      controller.abort(reason);
      expect(await waiting).toMatchObject(cancelled);
      await next;
      expect(await names(database)).toEqual(["next"]);
    }),
  );

  it(
    "rolls back a transaction in the middle of its statements",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const controller = new AbortController();
      let late: unknown;
      const result = await db.transaction(
        async (txn) => {
          await insert(db, "undone");
          controller.abort(reason);
          late = await insert(db, "late").catch((error) => error);
          expect(txn.signal.aborted).toBe(true);
          return { done: true };
        },
        { signal: controller.signal },
      );
      expect(result).toMatchObject(cancelled);
      expect(late).toMatchObject({ code: "TRANSACTION_CLOSED" });
      expect(await names(database)).toEqual([]);
    }),
  );

  it(
    "comes too late for a transaction whose callback has returned: what is told is what is stored",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const controller = new AbortController();
      // Both share one commit, and the second aborts the first before it.
      const [first] = await Promise.all([
        db.transaction(async () => insert(db, "first").then(() => "committed"), {
          signal: controller.signal,
        }),
        db.transaction(async () => {
          await insert(db, "second");
          controller.abort(reason);
        }),
      ]);
      expect(first).toBe("committed");
      expect(await names(database)).toEqual(["first", "second"]);
    }),
  );

  it(
    "does not undo what txn.commit() has made durable",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const controller = new AbortController();
      const result = await db.transaction(
        async (txn) => {
          await insert(db, "committed");
          await txn.commit();
          await insert(db, "undone");
          controller.abort(reason);
          await scheduler.wait(1);
        },
        { signal: controller.signal },
      );
      expect(result).toMatchObject(cancelled);
      expect(await names(database)).toEqual(["committed"]);
    }),
  );

  it(
    "is not needed to know of the failure: txn.signal aborts whatever the transaction's own wait is",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const controller = new AbortController();
      const seen: unknown[] = [];
      const waiting = db.transaction(
        async (txn) => {
          await insert(db, "undone");
          await scheduler.wait(10_000, { signal: txn.signal }).catch(() => seen.push(txn.signal.reason));
          throw new Error("told too late to matter");
        },
        { signal: controller.signal },
      );
      await scheduler.wait(2);
      controller.abort(reason);
      expect(await waiting).toMatchObject(cancelled);
      while (seen.length === 0) await scheduler.wait(1);
      expect(seen).toMatchObject([{ code: "TRANSACTION_CANCELLED" }]);
    }),
  );

  it(
    "is let go of afterwards: many transactions may share one",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const { signal } = new AbortController();
      let listeners = 0;
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      signal.addEventListener = ((...args: Parameters<typeof add>) => {
        listeners++;
        add(...args);
      }) as typeof add;
      signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
        listeners--;
        remove(...args);
      }) as typeof remove;
      for (let n = 0; n < 5; n++) {
        await db.transaction(
          async () => {
            await db.transaction(async () => insert(db, `${n}`), { signal });
            if (n % 2 === 0) throw new Error("no");
          },
          { signal },
        );
      }
      expect(listeners).toBe(0);
      expect(await names(database)).toEqual(["1", "3"]);
    }),
  );
});

describe("the end of a call", () => {
  it(
    "cancels a queued, a waiting and a BEGIN transaction alike, and refuses what comes later",
    inDatabase(async (database) => {
      await withItems(database);
      const scope = database.scope();
      const db = database.db(scope);
      const waiting = db.transaction(async () => {
        await insert(db, "undone");
        await new Promise(() => {});
      });
      const queued = db.transaction(async () => insert(db, "never"));
      await scheduler.wait(2);
      scope.cancel(reason);
      expect(await waiting).toEqual({ error: reason });
      expect(await queued).toEqual({ error: reason });
      await expect(insert(db, "late")).rejects.toMatchObject({ code: "PROCEDURE_ENDED" });
      await insert(database.db(), "other call");
      expect(await names(database)).toEqual(["other call"]);
    }),
  );

  it(
    "waits for single writes that were not awaited, so that the answer does not overtake them",
    inDatabase(async (database) => {
      await withItems(database);
      const slow = database.db().transaction(() => scheduler.wait(20));
      const scope = database.scope();
      const forgotten = insert(database.db(scope), "forgotten");
      await scope.end();
      expect(await names(database)).toEqual(["forgotten"]);
      await Promise.all([slow, forgotten]);
    }),
  );

  it(
    "never says that a transaction was rolled back which is being committed, whenever it comes",
    inDatabase(async (database) => {
      await withItems(database);
      for (let microtasks = 0; microtasks < 25; microtasks++) {
        const scope = database.scope();
        const db = database.db(scope);
        const name = `after ${microtasks}`;
        const returning = Promise.withResolvers<void>();
        const transaction = db.transaction(async () => {
          await insert(db, name);
          returning.resolve();
          return "done";
        });
        await returning.promise;
        for (let n = 0; n < microtasks; n++) await undefined;
        const ended = await scope.end().then(
          () => "kept",
          () => "undone",
        );
        const result = (await transaction) === "done" ? "kept" : "undone";
        const rows = (await database.column("SELECT 1 FROM item WHERE name = ?", name)).length;
        expect({ microtasks, ended, result, rows }).toEqual({
          microtasks,
          ended: result,
          result,
          rows: result === "kept" ? 1 : 0,
        });
      }
    }),
  );
});

describe("the cancellation of a call", () => {
  it(
    "drops its single writes, batches and scripts that wait for the mutex",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const scope = database.scope();
      const calling = database.db(scope);
      const holder = db.transaction(() => scheduler.wait(20));
      const writes = [
        insert(calling, "write"),
        calling.batch([calling.prepare("INSERT INTO item VALUES ('batch')")]),
        calling.exec("INSERT INTO item VALUES ('script')"),
      ];
      scope.cancel(reason);
      expect(await Promise.allSettled(writes)).toEqual(writes.map(() => ({ status: "rejected", reason })));
      await holder;
      expect(await names(database)).toEqual([]);
    }),
  );
});

// What the turn has taken to commit is durable; to call it rolled back would make a caller pay twice.
describe("a signal that aborts while txn.commit() is under way", () => {
  it(
    "leaves the commit as it is, and cancels what comes after",
    inDatabase(async (database) => {
      const db = await withItems(database);
      for (let ticks = 0; ticks < 30; ticks++) {
        const controller = new AbortController();
        let commit: string | undefined;
        const result = await db.transaction(
          async (txn) => {
            await insert(db, `paid ${ticks}`);
            const committing = txn.commit().then(
              () => "durable",
              () => "failed",
            );
            for (let tick = 0; tick < ticks; tick++) await undefined;
            controller.abort(reason);
            commit = await committing;
            await insert(db, "after");
          },
          { signal: controller.signal },
        );
        expect(result).toMatchObject(cancelled);
        const stored = (await names(database)).includes(`paid ${ticks}`);
        expect(commit === "durable").toBe(stored);
      }
      expect(await names(database)).not.toContain("after");
    }),
  );

  it(
    "and a callback that throws meanwhile, do not undo it either",
    inDatabase(async (database) => {
      const db = await withItems(database);
      let commit: Promise<void> | undefined;
      const result = await db.transaction(async (txn) => {
        await insert(db, "paid");
        commit = txn.commit();
        throw reason;
      });
      expect(result).toEqual({ error: reason });
      await commit;
      expect(await names(database)).toEqual(["paid"]);
    }),
  );
});
