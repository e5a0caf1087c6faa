import { describe, expect, it } from "vitest";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";

/** Something outside the database that is over in the very next turn of the event loop. */
const briefly = () => new Response("x").text();

async function withAccounts(database: TestDatabase) {
  const db = database.db();
  await db.exec(`CREATE TABLE log (n INTEGER);
    CREATE TABLE acc (id INTEGER PRIMARY KEY, bal INTEGER);
    INSERT INTO acc VALUES (1, 1000), (2, 0)`);
  return db;
}

// Between the rollback that detaches a transaction and the commit of its neighbours no physical transaction is
// open: what its callback wrote then was durable at once, and was written again by the replay.
describe("a transaction that is woken while the turn that it left commits its neighbours", () => {
  it.each([false, true])("writes nothing outside its transaction (it fails: %s)", async (fails) =>
    inDatabase(async (database) => {
      const db = await withAccounts(database);
      for (let round = 1; round <= 20; round++) {
        const before = await database.query("SELECT id, bal FROM acc ORDER BY id");
        const [, result] = await Promise.all([
          database.query("INSERT INTO log VALUES (?)", round),
          db.transaction(async () => {
            await db.prepare("UPDATE acc SET bal = bal - 1 WHERE id = 1").run();
            await briefly();
            await briefly();
            await db.prepare("UPDATE acc SET bal = bal - 10 WHERE id = 1").run();
            await db.prepare("UPDATE acc SET bal = bal + 11 WHERE id = 2").run();
            if (fails) throw new Error("payment refused");
          }),
        ]);
        expect(result.error?.message).toBe(fails ? "payment refused" : undefined);
        const moved = fails ? 0 : 11;
        expect(await database.query("SELECT id, bal FROM acc ORDER BY id")).toEqual([
          [1, (before[0]![1] as number) - moved],
          [2, (before[1]![1] as number) + moved],
        ]);
      }
      expect(await database.column("SELECT count(*) FROM log")).toEqual([20]);
    })(),
  );
});
