import { describe, expect, it } from "vitest";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";

async function withCounter(database: TestDatabase): Promise<void> {
  await database
    .db()
    .exec("CREATE TABLE counter (n INTEGER); INSERT INTO counter VALUES (0); CREATE TABLE log (who TEXT)");
}

/** Reads the counter, waits, and writes it back plus one: an update gets lost unless it runs alone. */
async function increment(database: TestDatabase, wait: () => Promise<unknown>) {
  const db = database.db();
  return db.transaction(async () => {
    const n = await db.prepare("SELECT n FROM counter").first<number>("n");
    await wait();
    await db
      .prepare("UPDATE counter SET n = ?")
      .bind(n! + 1)
      .run();
    return { n };
  });
}

const counter = async (database: TestDatabase) => (await database.column("SELECT n FROM counter"))[0];

describe("transactions at once", () => {
  it(
    "run one after another: two that wait between their read and their write lose no update",
    inDatabase(async (database) => {
      await withCounter(database);
      await Promise.all([
        increment(database, () => scheduler.wait(5)),
        increment(database, () => scheduler.wait(1)),
      ]);
      expect(await counter(database)).toBe(2);
    }),
  );

  it(
    "of one call, started by Promise.all, are two transactions, one after the other",
    inDatabase(async (database) => {
      await withCounter(database);
      const db = database.db();
      const block = (who: string, fails: boolean) =>
        db.transaction(async () => {
          for (let step = 1; step <= 2; step++) {
            await db.prepare("INSERT INTO log VALUES (?)").bind(`${who}${step}`).run();
            await scheduler.wait(1);
          }
          if (fails) throw new Error(who);
          return { who };
        });
      const results = await Promise.all([block("a", false), block("b", true), block("c", false)]);
      expect(results).toMatchObject([{ who: "a" }, { error: { message: "b" } }, { who: "c" }]);
      expect(await database.column("SELECT who FROM log")).toEqual(["a1", "a2", "c1", "c2"]);
    }),
  );

  it(
    "200 of them queue up and all commit, in the order of their arrival",
    inDatabase(async (database) => {
      await withCounter(database);
      const results = await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          increment(database, async () => (index % 50 === 0 ? scheduler.wait(1) : undefined)),
        ),
      );
      expect(results).toEqual(Array.from({ length: 200 }, (_, n) => ({ n })));
      expect(await counter(database)).toBe(200);
    }),
  );

  it(
    "settle in that order too",
    inDatabase(async (database) => {
      await withCounter(database);
      const settled: number[] = [];
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          await increment(database, () => (index === 7 ? scheduler.wait(1) : Promise.resolve()));
          settled.push(index);
        }),
      );
      expect(settled).toEqual(Array.from({ length: 20 }, (_, index) => index));
    }),
  );
});

describe("the queue", () => {
  it(
    "is one for transactions, single writes, batches and scripts, in the order of arrival",
    inDatabase(async (database) => {
      await withCounter(database);
      const insert = (who: string) => database.db().prepare("INSERT INTO log VALUES (?)").bind(who);
      const transaction = (who: string, ms: number) => {
        const db = database.db();
        return db.transaction(async () => {
          await scheduler.wait(ms);
          await db.prepare("INSERT INTO log VALUES (?)").bind(who).run();
        });
      };
      await Promise.all([
        transaction("1 slow transaction", 10),
        insert("2 write").run(),
        database.db().batch([insert("3 batch"), insert("4 batch")]),
        transaction("5 transaction", 1),
        database.db().exec("INSERT INTO log VALUES ('6 script')"),
        insert("7 write").run(),
        transaction("8 transaction", 0),
        database.query("INSERT INTO log VALUES ('9 plain client')"),
      ]);
      const order = await database.column("SELECT substr(who, 1, 1) FROM log ORDER BY rowid");
      expect(order.join("")).toBe("123456789");
    }),
  );

  it(
    "does not let a late-comer pass while a transaction waits detached",
    inDatabase(async (database) => {
      await withCounter(database);
      const db = database.db();
      const first = db.transaction(async () => {
        await db.prepare("INSERT INTO log VALUES ('first')").run();
        await scheduler.wait(10);
        await db.prepare("INSERT INTO log VALUES ('first again')").run();
      });
      await scheduler.wait(2);
      const late = [database.query("INSERT INTO log VALUES ('second')")];
      await scheduler.wait(2);
      late.push(database.query("INSERT INTO log VALUES ('third')"));
      await Promise.all([first, ...late]);
      expect(await database.column("SELECT who FROM log ORDER BY rowid")).toEqual([
        "first",
        "first again",
        "second",
        "third",
      ]);
    }),
  );

  it(
    "goes on after a transaction that throws, whatever it left half done",
    inDatabase(async (database) => {
      await withCounter(database);
      const db = database.db();
      const [failed, written] = await Promise.all([
        db.transaction(async () => {
          await db.prepare("INSERT INTO log VALUES ('undone')").run();
          await scheduler.wait(2);
          throw new Error("no");
        }),
        database.db().prepare("INSERT INTO log VALUES ('kept')").run(),
      ]);
      expect(failed.error.message).toBe("no");
      expect(written.meta.changes).toBe(1);
      expect(await database.column("SELECT who FROM log")).toEqual(["kept"]);
    }),
  );
});
