import { describe, expect, it } from "vitest";
import { inDatabase } from "../support/in-database.ts";

// The turn counts microtasks before it asks the event loop. What the callback asks for in the very microtask in
// which the count ends was once overlooked: a commit then waited until the timeout.
describe("a callback that takes any number of microtasks", () => {
  it(
    "before txn.commit() gets its commit",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE item (n INTEGER)");
      for (let ticks = 0; ticks < 400; ticks++) {
        const result = await db.transaction(
          async (txn) => {
            await db.prepare("INSERT INTO item VALUES (?)").bind(ticks).run();
            for (let tick = 0; tick < ticks; tick++) await undefined;
            await txn.commit();
            return { ticks };
          },
          { timeoutMs: 20_000 },
        );
        expect(result).toEqual({ ticks });
      }
      expect(await database.column("SELECT count(*) FROM item")).toEqual([400]);
    }),
  );
});
