import { describe, expect, it } from "vitest";
import { inDatabase } from "../support/in-database.ts";

/** Statements: some seconds of them, so that a test that is wrong ends. */
const forEver = 300_000;

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
        while (seen.length === 0 && written < forEver) {
          await db.prepare("INSERT INTO item VALUES (?)").bind(written).run();
          written++;
        }
        return { own: await db.prepare("SELECT count(*) AS own FROM item").first("own") };
      });
      running = false;
      await reading;
      expect(result).toEqual({ own: written });
      expect(written).toBeLessThan(forEver);
      expect(new Set(seen)).toEqual(new Set([0]));
      expect(await database.column("SELECT count(*) FROM item")).toEqual([written]);
    }),
  );

  it(
    "can be cancelled from outside",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE item (n INTEGER)");
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 20);
      let written = 0;
      const { error } = (await db.transaction(
        async () => {
          while (written++ < forEver) await db.prepare("INSERT INTO item VALUES (1)").run();
        },
        { signal: controller.signal },
      )) as { error?: Error };
      expect(error).toMatchObject({ code: "TRANSACTION_CANCELLED" });
      expect(await database.column("SELECT count(*) FROM item")).toEqual([0]);
    }),
  );
});
