import { describe, expect, it } from "vitest";
import type { ProcedureDatabase } from "../../src/procedures.ts";
import { Gate } from "../support/gate.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";

async function withItems(database: TestDatabase): Promise<ProcedureDatabase> {
  const db = database.db();
  await db.exec("CREATE TABLE item (n INTEGER PRIMARY KEY)");
  return db;
}

const insert = (db: ProcedureDatabase, n: number) => db.prepare("INSERT INTO item VALUES (?)").bind(n).run();
const items = (database: TestDatabase) => database.column("SELECT n FROM item ORDER BY n");

describe("a read beside a transaction", () => {
  it(
    "is not delayed while the transaction waits for something slow, and sees the last committed state",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await insert(db, 1);
      const [first, second] = [new Gate(), new Gate()];
      const transaction = db.transaction(async () => {
        await insert(db, 2);
        await first.pass();
        await insert(db, 3);
        await second.pass();
        return { done: true };
      });
      for (const gate of [first, second]) {
        await gate.reached();
        // Had a read waited for the transaction, none of them would ever end.
        for (let read = 0; read < 10; read++) {
          expect(await items(database)).toEqual([1]);
          await scheduler.wait(1);
        }
        gate.open();
      }
      expect(await transaction).toEqual({ done: true });
      expect(await items(database)).toEqual([1, 2, 3]);
    }),
  );

  it(
    "that is issued in the same microtasks as the transaction's writes waits for the end of its turn",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const reads: Promise<unknown[]>[] = [];
      await db.transaction(async () => {
        for (let n = 1; n <= 5; n++) {
          await insert(db, n);
          reads.push(items(database));
          await undefined;
          reads.push(items(database));
        }
        throw new Error("undo it all");
      });
      for (const read of reads) expect(await read).toEqual([]);
    }),
  );

  it(
    "sees all or nothing of a transaction that shares its turn with others",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const reads: Promise<unknown[]>[] = [];
      const pair = (n: number) =>
        db.transaction(async () => {
          await insert(db, n);
          reads.push(items(database));
          await insert(db, n + 1);
          reads.push(items(database));
          if (n === 3) throw new Error("undo this one");
        });
      await Promise.all([pair(1), pair(3), pair(5)]);
      const states = new Set((await Promise.all(reads)).map((rows) => rows.join()));
      for (const state of states) expect(["", "1,2", "1,2,5,6"]).toContain(state);
      expect(await items(database)).toEqual([1, 2, 5, 6]);
    }),
  );

  it(
    "never sees uncommitted rows in any phase: attached, detached, between turns, after commit() and rollback()",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const seen = new Set<string>();
      let running = true;
      const observe = async (pause: () => Promise<unknown>) => {
        while (running) {
          seen.add((await items(database)).join());
          await pause();
        }
      };
      const observers = [observe(() => scheduler.wait(0)), observe(() => scheduler.wait(1))];
      const look = () => observers.push(items(database).then((rows) => void seen.add(rows.join())));
      await db.transaction(async (txn) => {
        await insert(db, 1);
        look();
        await scheduler.wait(3);
        look();
        await insert(db, 2);
        look();
        await txn.commit();
        look();
        await insert(db, 3);
        await scheduler.wait(3);
        await txn.rollback();
        look();
        await insert(db, 4);
        look();
        await scheduler.wait(3);
        await db.transaction(async () => {
          await insert(db, 5);
          look();
          await scheduler.wait(3);
          throw new Error("nested failure");
        });
        look();
        await insert(db, 6);
      });
      running = false;
      await Promise.all(observers);
      seen.add((await items(database)).join());
      expect([...seen].sort()).toEqual(["", "1,2", "1,2,4,6"]);
    }),
  );

  it(
    "of a batch of reads sees one state",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const other = database.db();
      const count = () => other.prepare("SELECT count(*) AS n FROM item");
      const transaction = db.transaction(async () => {
        for (let n = 1; n <= 20; n++) {
          await insert(db, n);
          if (n % 5 === 0) await scheduler.wait(1);
        }
      });
      for (let round = 0; round < 10; round++) {
        const [first, second] = await other.batch<{ n: number }>([count(), count()]);
        expect(first!.results[0]!.n).toBe(second!.results[0]!.n);
        expect([0, 20]).toContain(first!.results[0]!.n);
        await scheduler.wait(0);
      }
      await transaction;
    }),
  );

  it(
    "does not know a table that is not committed yet, nor one that was rolled back",
    inDatabase(async (database) => {
      const db = database.db();
      const reads: Promise<unknown>[] = [];
      const read = () =>
        reads.push(database.query("SELECT * FROM fresh").catch((error: Error) => error.message));
      await db.transaction(async () => {
        await db.prepare("CREATE TABLE fresh (n)").run();
        read();
        await db.prepare("INSERT INTO fresh VALUES (1)").run();
        read();
        await scheduler.wait(2);
        read();
        throw new Error("undo");
      });
      read();
      for (const message of await Promise.all(reads)) expect(message).toContain("no such table: fresh");
      await db.exec("CREATE TABLE fresh (other); INSERT INTO fresh VALUES ('now')");
      expect(await database.query("SELECT * FROM fresh")).toEqual([["now"]]);
    }),
  );
});

describe("a read inside a transaction", () => {
  it(
    "sees the transaction's own writes, after every external wait too",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const own = async () => (await db.prepare("SELECT n FROM item ORDER BY n").raw<[number]>()).flat();
      await db.transaction(async (txn) => {
        expect(await own()).toEqual([]);
        for (let n = 1; n <= 3; n++) {
          await insert(db, n);
          expect(await own()).toHaveLength(n);
          await scheduler.wait(1);
          expect(await own()).toHaveLength(n);
          expect(await txn.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(n);
        }
        const [inBatch] = await txn.batch<{ n: number }>([txn.prepare("SELECT max(n) AS n FROM item")]);
        expect(inBatch!.results).toEqual([{ n: 3 }]);
        await txn.rollback();
        expect(await own()).toEqual([]);
      });
    }),
  );

  it(
    "repeats: nobody else's write comes in between, though the transaction waits and has written nothing itself",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const count = () => db.prepare("SELECT count(*) AS n FROM item").first("n");
      const theirs: Promise<unknown>[] = [];
      const counts = await db.transaction(async () => {
        const before = await count();
        theirs.push(database.query("INSERT INTO item VALUES (1)"));
        await scheduler.wait(5);
        return [before, await count()];
      });
      await Promise.all(theirs);
      expect(counts).toEqual([0, 0]);
      expect(await count()).toBe(1);
    }),
  );
});
