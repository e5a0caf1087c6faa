import { describe, expect, it } from "vitest";
import { inDatabase } from "../support/in-database.ts";

/** A callback that only talks SQL lets no event in by itself: its statements resolve in microtasks. */
describe("a callback that talks SQL without a pause", () => {
  it(
    "lets readers through now and then, who see none of its rows, and loses none",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE item (n INTEGER)");
      const seen: unknown[] = [];
      let running = true;
      const reader = async () => {
        while (running) {
          await scheduler.wait(1);
          if (running) seen.push(...(await database.column("SELECT count(*) FROM item")));
        }
      };
      const reading = reader();
      let written = 0;
      const result = await db.transaction(async () => {
        const until = Date.now() + 400;
        while (Date.now() < until) {
          await db.prepare("INSERT INTO item VALUES (?)").bind(written).run();
          written++;
        }
        return { own: await db.prepare("SELECT count(*) AS own FROM item").first("own") };
      });
      running = false;
      await reading;
      expect(result).toEqual({ own: written });
      expect(seen.length).toBeGreaterThan(0);
      expect(new Set(seen)).toEqual(new Set([0]));
      expect(await database.column("SELECT count(*) FROM item")).toEqual([written]);
    }),
    20_000,
  );

  it(
    "can be cancelled from outside",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE item (n INTEGER)");
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 20);
      const started = Date.now();
      const { error } = (await db.transaction(
        async () => {
          while (Date.now() < started + 9_000) await db.prepare("INSERT INTO item VALUES (1)").run();
        },
        { signal: controller.signal },
      )) as { error?: Error };
      expect(error).toMatchObject({ code: "TRANSACTION_CANCELLED" });
      expect(await database.column("SELECT count(*) FROM item")).toEqual([0]);
    }),
    20_000,
  );
});
