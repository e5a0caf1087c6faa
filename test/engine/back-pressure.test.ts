import { describe, expect, it } from "vitest";
import { CallScope } from "../../src/database/call-scope.ts";
import { Engine } from "../../src/database/engine.ts";
import { JobQueue } from "../../src/database/job-queue.ts";
import { ScopedDatabase } from "../../src/database/procedure-database.ts";
import { maxQueuedJobs } from "../../src/limits.ts";
import { Gate } from "../support/gate.ts";
import { inDatabase } from "../support/in-database.ts";
import { stoppedClock } from "../support/stopped-clock.ts";

describe("a full queue", () => {
  it(
    "refuses the next write at once with OVERLOADED, keeps those that wait, and takes writes again later",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE item (n)");
      const free = Promise.withResolvers<void>();
      const holder = db.transaction(() => free.promise);
      await scheduler.wait(1);
      const waiting = Array.from({ length: maxQueuedJobs }, (_, n) =>
        database.query("INSERT INTO item VALUES (?)", n),
      );

      const overloaded = { code: "OVERLOADED", retryable: true };
      const other = database.db();
      await expect(other.prepare("INSERT INTO item VALUES (-1)").run()).rejects.toMatchObject(overloaded);
      await expect(other.exec("INSERT INTO item VALUES (-1)")).rejects.toMatchObject(overloaded);
      await expect(other.transaction(() => 1, { onError: "throw" })).rejects.toMatchObject(overloaded);
      await expect(other.prepare("BEGIN").run()).rejects.toMatchObject(overloaded);
      expect(await other.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(0);

      free.resolve();
      await Promise.all([holder, ...waiting]);
      expect(await database.query("SELECT count(*), min(n), max(n) FROM item")).toEqual([
        [maxQueuedJobs, 0, maxQueuedJobs - 1],
      ]);
      await other.prepare("INSERT INTO item VALUES (-1)").run();
    }),
  );

  it(
    "has room again when a waiting transaction was cancelled",
    inDatabase(async ({ state }) => {
      const engine = new Engine(state.storage, "database", { queue: new JobQueue({ maxJobs: 1 }) });
      const db = () => new ScopedDatabase(new CallScope(engine, "id"));
      const free = Promise.withResolvers<void>();
      const holder = db().transaction(() => free.promise);
      await scheduler.wait(1);
      const controller = new AbortController();
      const waiting = db().transaction(() => 1, { signal: controller.signal });
      expect(await db().transaction(() => 2)).toMatchObject({ error: { code: "OVERLOADED" } });
      controller.abort();
      await waiting;
      const next = db().transaction(() => 3);
      free.resolve();
      expect(await next).toBe(3);
      await holder;
    }),
  );
});

describe("a job that waits too long for the mutex", () => {
  it(
    "fails with QUEUE_TIMEOUT, nothing of it is done, and later ones are served",
    inDatabase(async ({ state }) => {
      const engine = new Engine(state.storage, "database", { queue: new JobQueue({ timeoutMs: 100 }) });
      const db = () => new ScopedDatabase(new CallScope(engine, "id"));
      await db().exec("CREATE TABLE item (who)");
      const insert = (who: string) => db().prepare("INSERT INTO item VALUES (?)").bind(who).run();

      let ran = false;
      const free = Promise.withResolvers<void>();
      const holder = db().transaction(() => free.promise);
      const tooLong = { code: "QUEUE_TIMEOUT", retryable: true, message: expect.stringContaining("100 ms") };
      const waiting = [
        insert("write"),
        db().batch([db().prepare("INSERT INTO item VALUES ('batch')")]),
        db().transaction(
          () => {
            ran = true;
          },
          { onError: "throw" },
        ),
      ];
      const settled = await Promise.allSettled(waiting);
      expect(settled).toMatchObject(waiting.map(() => ({ status: "rejected", reason: tooLong })));
      // In one turn of the event loop, so that no timer fires between them.
      const late = insert("late");
      free.resolve();
      await Promise.all([holder, late]);
      expect(ran).toBe(false);
      expect(await db().prepare("SELECT who FROM item").raw()).toEqual([["late"]]);
    }),
  );

  it(
    "is timed from its own arrival, also when the mutex changes hands meanwhile",
    inDatabase(async ({ state }) => {
      const queue = new JobQueue({ timeoutMs: 1_000 });
      const engine = new Engine(state.storage, "database", { queue });
      const db = () => new ScopedDatabase(new CallScope(engine, "id"));
      using clock = stoppedClock();
      const gates = [new Gate(), new Gate()];
      const holders = gates.map((gate) => db().transaction(() => gate.pass(), { onError: "throw" }));
      let refused = 0;
      const behind = ["third", "fourth"].map(async (name) => {
        const result = await db().transaction(() => ({ name }));
        expect(result).toMatchObject({ error: { code: "QUEUE_TIMEOUT" } });
        refused++;
      });

      await gates[0]!.reached();
      await clock.advance(600);
      gates[0]!.open();
      await gates[1]!.reached();
      await clock.advance(399);
      expect(refused).toBe(0);
      await clock.advance(1);
      await Promise.all(behind);
      gates[1]!.open();
      expect(await Promise.all(holders)).toEqual([undefined, undefined]);
    }),
  );
});
