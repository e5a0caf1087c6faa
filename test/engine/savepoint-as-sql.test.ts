import { describe, expect, it } from "vitest";
import { inDatabase } from "../support/in-database.ts";
import { names, script, withItems } from "../support/sql-steps.ts";

describe("SAVEPOINT as SQL text", () => {
  it(
    "opens a transaction that the RELEASE of the first one commits",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await script(db, "SAVEPOINT outer", "+a", "SAVEPOINT inner", "+b", "RELEASE inner", "wait");
      expect(await names(database)).toEqual([]);
      await script(db, "RELEASE SAVEPOINT outer");
      expect(await names(database)).toEqual(["a", "b"]);
      await expect(script(db, "RELEASE outer")).rejects.toThrow("no such savepoint: outer");
    }),
  );

  it(
    "is gone back to by ROLLBACK TO, which keeps it",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await script(db, "BEGIN", "+a", "SAVEPOINT s", "+b", "wait", "ROLLBACK TO s", "+c");
      await script(db, "ROLLBACK TRANSACTION TO SAVEPOINT s", "+d", "RELEASE s", "+e", "COMMIT");
      expect(await names(database)).toEqual(["a", "d", "e"]);
    }),
  );

  it(
    "does not commit a transaction that BEGIN opened",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await script(db, "BEGIN", "SAVEPOINT s", "+a", "RELEASE s", "+b", "ROLLBACK");
      expect(await names(database)).toEqual([]);
    }),
  );

  it(
    "is ended with all of them by COMMIT, and undone with all of them by ROLLBACK",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await script(db, "SAVEPOINT one", "+a", "SAVEPOINT two", "+b", "COMMIT");
      expect(await names(database)).toEqual(["a", "b"]);
      await script(db, "SAVEPOINT one", "+c", "SAVEPOINT two", "+d", "ROLLBACK", "+e");
      expect(await names(database)).toEqual(["a", "b", "e"]);
    }),
  );

  it(
    "may have a quoted name, compared without case, and one that hides an older one",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await script(
        db,
        "BEGIN",
        'SAVEPOINT "My ""Point"""',
        "+a",
        "SAVEPOINT [x y]",
        "+b",
        "SAVEPOINT `x y`",
        "+c",
      );
      await script(db, "ROLLBACK TO 'X Y'", "+d", 'RELEASE "x y"', 'ROLLBACK TO "x y"', "+e");
      await script(
        db,
        'release "my ""point"""',
        "SAVEPOINT savepoint",
        "+f",
        "ROLLBACK TO SAVEPOINT savepoint",
        "COMMIT",
      );
      expect(await names(database)).toEqual(["a", "e"]);
    }),
  );

  it(
    "that does not exist is refused, and nothing is undone",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await expect(script(db, "ROLLBACK TO nowhere")).rejects.toThrow("no such savepoint: nowhere");
      await script(db, "BEGIN", "+a", "SAVEPOINT s");
      await expect(script(db, "ROLLBACK TO nowhere")).rejects.toThrow("no such savepoint: nowhere");
      await expect(script(db, "RELEASE nowhere")).rejects.toThrow("no such savepoint: nowhere");
      await script(db, "COMMIT");
      expect(await names(database)).toEqual(["a"]);
    }),
  );

  it(
    "works inside a db.transaction() callback, by db and by txn",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async (txn) => {
        await script(db, "+a", "SAVEPOINT s", "+b", "wait", "ROLLBACK TO s");
        await script(txn, "+c", "ROLLBACK TO s", "+d", "RELEASE s", "+e");
      });
      expect(await names(database)).toEqual(["a", "d", "e"]);
    }),
  );
});
