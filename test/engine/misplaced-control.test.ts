import { describe, expect, it } from "vitest";
import { inDatabase } from "../support/in-database.ts";
import { names, script, withItems } from "../support/sql-steps.ts";

describe("transaction control where it cannot work", () => {
  it.each(["BEGIN", "COMMIT", "END", "ROLLBACK"])(
    "inside a callback %s is refused and points to the handle",
    async (sql) =>
      inDatabase(async (database) => {
        const db = await withItems(database);
        await db.transaction(async (txn) => {
          await script(db, "+a");
          for (const source of [db, txn]) {
            await expect(script(source, sql)).rejects.toMatchObject({
              code: "TRANSACTION_MISUSE",
              message: expect.stringMatching(/txn\.(commit|rollback)\(\)|nested db\.transaction\(\)/),
            });
          }
          await script(db, "+b");
        });
        expect(await names(database)).toEqual(["a", "b"]);
      })(),
  );

  it.each(["BEGIN", "COMMIT;", "rollback", "SAVEPOINT a", "RELEASE a", "-- x\nEND"])(
    "from a plain client %j is refused and points to procedures",
    async (sql) =>
      inDatabase(async (database) => {
        await expect(database.query(sql)).rejects.toMatchObject({
          code: "TRANSACTION_MISUSE",
          message: expect.stringMatching(/^D1_ERROR: To execute a transaction, .*procedure/),
        });
      })(),
  );

  it(
    "in a batch or a script it is refused, and nothing of that is done",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const batch = ["INSERT INTO item VALUES ('a')", "BEGIN", "INSERT INTO item VALUES ('b')", "COMMIT"];
      await expect(db.batch(batch.map((sql) => db.prepare(sql)))).rejects.toMatchObject({
        code: "TRANSACTION_MISUSE",
      });
      await expect(db.exec(batch.join(";"))).rejects.toThrow("Error in line 1: BEGIN: ");
      expect(await names(database)).toEqual([]);
    }),
  );

  it.each(["BEGIN nonsense", "COMMIT TO x", "SAVEPOINT", "ROLLBACK FROM x", "RELEASE a b"])(
    "that is malformed (%j) is a syntax error",
    async (sql) =>
      inDatabase(async (database) => {
        const db = await withItems(database);
        await expect(script(db, sql)).rejects.toThrow(/^D1_ERROR: near .*: syntax error/);
      })(),
  );
});
