import { describe, expect, it } from "vitest";
import { Gate } from "../support/gate.ts";
import { inDatabase } from "../support/in-database.ts";
import { stoppedClock } from "../support/stopped-clock.ts";

describe("a transaction that detaches from a turn that it shares", () => {
  it(
    "keeps what it wrote before its external call",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a)");
      const neighbour = database.db().prepare("INSERT INTO t VALUES ('neighbour')").run();
      const result = db.transaction(async () => {
        await db.prepare("INSERT INTO t VALUES ('before')").run();
        await scheduler.wait(2);
        await db.prepare("INSERT INTO t VALUES ('after')").run();
      });
      await Promise.all([neighbour, result]);
      expect(await database.column("SELECT a FROM t")).toEqual(["neighbour", "before", "after"]);
    }),
  );

  it(
    "lets its neighbours commit and settle at once, without itself",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a)");
      const order: string[] = [];
      const externalCall = new Gate();
      const neighbours = ["first", "second"].map(async (name) => {
        await database.db().prepare("INSERT INTO t VALUES (?)").bind(name).run();
        order.push(name);
      });
      const transaction = db.transaction(async () => {
        await db.prepare("INSERT INTO t VALUES ('detached')").run();
        await externalCall.pass();
        order.push("external call done");
      });
      await Promise.all(neighbours);
      expect(order).toEqual(["first", "second"]);
      expect(await database.column("SELECT a FROM t")).toEqual(["first", "second"]);
      externalCall.open();
      await transaction;
      expect(await database.column("SELECT a FROM t")).toEqual(["first", "second", "detached"]);
    }),
  );

  it(
    "keeps it too when it leaves its neighbours to be pinned",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a); CREATE TABLE dice (n)");
      await db.exec("INSERT INTO dice VALUES (0), (0)");
      const neighbour = database.db().prepare("INSERT INTO t VALUES ('neighbour')").run();
      const rolled = db.transaction(async () => {
        await db.prepare("INSERT INTO t VALUES ('before')").run();
        const { results } = await db
          .prepare("UPDATE dice SET n = random() % 1000 RETURNING n")
          .run<{ n: number }>();
        await scheduler.wait(2);
        return { values: results.map(({ n }) => n) };
      });
      await neighbour;
      const { values } = await rolled;
      expect(await database.column("SELECT a FROM t")).toEqual(["neighbour", "before"]);
      expect(await database.column("SELECT n FROM dice ORDER BY rowid")).toEqual(values);
    }),
  );

  it(
    "is undone alone when it fails later",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a)");
      const neighbour = database.db().prepare("INSERT INTO t VALUES ('neighbour')").run();
      const failing = db.transaction(async () => {
        await db.prepare("INSERT INTO t VALUES ('before')").run();
        await scheduler.wait(2);
        await db.prepare("INSERT INTO t VALUES ('after')").run();
        throw new Error("declined");
      });
      await neighbour;
      expect((await failing).error?.message).toBe("declined");
      expect(await database.column("SELECT a FROM t")).toEqual(["neighbour"]);
    }),
  );
});

describe("a finished job whose replay diverges, because a later one in the turn fails", () => {
  it(
    "fails with REPLAY_DIVERGED and takes no neighbour with it",
    inDatabase(async (database) => {
      await database.db().exec("CREATE TABLE t (a); CREATE TABLE random_id (id INTEGER PRIMARY KEY)");
      // A turn takes jobs in for some milliseconds: these are all to be in one.
      using _clock = stoppedClock();
      const insert = (a: string) => database.db().prepare("INSERT INTO t VALUES (?)").bind(a).run();
      const before = insert("before");
      const db = database.db();
      const random = db.transaction(async () => {
        // Nobody reads the values, so that the log may be replayed; but last_row_id tells of one of them.
        await db.prepare("INSERT INTO random_id SELECT abs(random()) FROM json_each('[1, 2]')").run();
      });
      const after = insert("after");
      const failing = database.db();
      const failed = failing.transaction(async () => {
        await failing.prepare("INSERT INTO t VALUES ('never')").run();
        throw new Error("declined");
      });
      const last = insert("last");
      await Promise.all([before, after, last]);
      expect((await failed).error?.message).toBe("declined");
      expect((await random)?.error).toMatchObject({ code: "REPLAY_DIVERGED" });
      expect(await database.column("SELECT id FROM random_id")).toEqual([]);
      expect(await database.column("SELECT a FROM t")).toEqual(["before", "after", "last"]);
    }),
  );
});
