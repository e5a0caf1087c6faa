import { describe, expect, it } from "vitest";
import { maxStatementsBetweenYields } from "../../src/limits.ts";
import { inDatabase } from "../support/in-database.ts";
import { insert, names, withItems } from "../support/items.ts";

const timedOut = { error: { code: "TRANSACTION_TIMEOUT", retryable: false } };

/** Far more than any test lets a callback run: a loop that the timeout does not end must not hang the test. */
const forEver = 300_000;

describe("timeoutMs", () => {
  it(
    "ends a callback that never returns: it is rolled back and the next writer goes on",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const [stuck, next] = await Promise.all([
        db.transaction(
          async () => {
            await insert(db, "stuck");
            await new Promise(() => {});
          },
          { timeoutMs: 30 },
        ),
        insert(database.db(), "next"),
      ]);
      expect(stuck).toMatchObject(timedOut);
      expect(next.success).toBe(true);
      expect(await names(database)).toEqual(["next"]);
    }),
  );

  it(
    "ends a callback that never wrote, and one that never even called the database",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const never = () => new Promise<void>(() => {});
      expect(await db.transaction(never, { timeoutMs: 10 })).toMatchObject(timedOut);
      const afterRead = db.transaction(
        async () => {
          await db.prepare("SELECT * FROM item").all();
          await never();
        },
        { timeoutMs: 10 },
      );
      expect(await afterRead).toMatchObject(timedOut);
    }),
  );

  it(
    "bounds the whole block, not each wait",
    inDatabase(async (database) => {
      const db = await withItems(database);
      let rounds = 0;
      const result = await db.transaction(
        async () => {
          for (; rounds < 1_000; rounds++) {
            await insert(db, `${rounds}`);
            await scheduler.wait(5);
          }
        },
        { timeoutMs: 40 },
      );
      expect(result).toMatchObject(timedOut);
      expect(rounds).toBeLessThan(1_000);
      expect(await names(database)).toEqual([]);
    }),
  );

  it(
    "does not count the time in the queue",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const slow = db.transaction(() => scheduler.wait(40));
      const quick = database.db();
      // Nothing looks at the time while it only talks SQL for a moment.
      const result = await quick.transaction(async () => insert(quick, "in time").then(() => "done"), {
        timeoutMs: 20,
      });
      await slow;
      expect(result).toBe("done");
      expect(await names(database)).toEqual(["in time"]);
    }),
  );

  it(
    "leaves what was committed before by txn.commit()",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const result = await db.transaction(
        async (txn) => {
          await insert(db, "committed");
          await txn.commit();
          await insert(db, "undone");
          await new Promise(() => {});
        },
        { timeoutMs: 20 },
      );
      expect(result).toMatchObject(timedOut);
      expect(await names(database)).toEqual(["committed"]);
    }),
  );

  it(
    "lets later statements of that callback fail, and aborts txn.signal",
    inDatabase(async (database) => {
      const db = await withItems(database);
      let late: Promise<unknown> | undefined;
      let reason: unknown;
      const result = await db.transaction(
        async (txn) => {
          txn.signal.addEventListener("abort", () => {
            reason = txn.signal.reason;
          });
          await insert(db, "undone");
          const ended = new Promise((resolve) => txn.signal.addEventListener("abort", resolve));
          late = ended.then(() => insert(db, "too late"));
          late.catch(() => {});
          await late;
        },
        { timeoutMs: 10 },
      );
      expect(result).toMatchObject(timedOut);
      expect(reason).toMatchObject({ code: "TRANSACTION_TIMEOUT" });
      await expect(late).rejects.toMatchObject({ code: "TRANSACTION_CLOSED" });
      expect(await names(database)).toEqual([]);
    }),
  );

  it(
    "says what to look for when the callback waits for its own database",
    inDatabase(async (database) => {
      const result = await database.db().transaction(() => new Promise(() => {}), { timeoutMs: 5 });
      expect(result).toMatchObject({ error: { message: expect.stringContaining("env.DB") } });
    }),
  );
});

describe("a callback that talks SQL without a pause", () => {
  it(
    "is ended by its timeout when it writes in a loop",
    inDatabase(async (database) => {
      const db = await withItems(database);
      let statements = 0;
      const result = await db.transaction(
        async () => {
          while (statements++ < forEver) await insert(db, "x");
        },
        { timeoutMs: 50 },
      );
      expect(result).toMatchObject(timedOut);
      expect(statements).toBeLessThan(forEver);
      expect(await names(database)).toEqual([]);
    }),
  );

  it(
    "is ended by its timeout when it only reads in a loop, before and after an external wait",
    inDatabase(async (database) => {
      const db = await withItems(database);
      for (const wait of [false, true]) {
        let statements = 0;
        const result = await db.transaction(
          async () => {
            if (wait) await scheduler.wait(1);
            while (statements++ < forEver) await db.prepare("SELECT 1").first();
          },
          { timeoutMs: 50 },
        );
        expect(result).toMatchObject(timedOut);
        expect(statements).toBeLessThan(forEver);
      }
    }),
  );

  it(
    "is ended by its timeout although a timer from outside is overdue meanwhile",
    inDatabase(async (database) => {
      const db = await withItems(database);
      // The next one is always outside, and due soon.
      const outside = setInterval(() => {}, 2);
      let statements = 0;
      const result = await db.transaction(
        async () => {
          while (statements++ < forEver) await insert(db, "x");
        },
        { timeoutMs: 50 },
      );
      clearInterval(outside);
      expect(result).toMatchObject(timedOut);
    }),
  );

  it(
    "may run more statements than fit between two turns of the event loop",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const count = 2 * maxStatementsBetweenYields + 10;
      const total = await db.transaction(async () => {
        for (let n = 0; n < count; n++) await insert(db, "x");
        return db.prepare("SELECT count(*) AS n FROM item").first("n");
      });
      expect(total).toBe(count);
      expect(await database.column("SELECT count(*) FROM item")).toEqual([count]);
    }),
  );
});
