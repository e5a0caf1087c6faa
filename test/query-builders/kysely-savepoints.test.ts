import { describe, expect, it } from "vitest";
import { add, added, inShop, kyselyOn } from "./kysely-shop.ts";

describe("kysely.startTransaction() in a procedure", () => {
  it(
    "commits and rolls back when told to",
    inShop(async ({ kysely, database }) => {
      const first = await kysely.startTransaction().execute();
      await add(first, "a");
      expect(await added(database)).toEqual([]);
      await first.commit().execute();
      expect(first.isCommitted).toBe(true);
      const second = await kysely.startTransaction().execute();
      await add(second, "b");
      await scheduler.wait(1);
      await second.rollback().execute();
      expect(second.isRolledBack).toBe(true);
      await expect(add(second, "late")).rejects.toThrow("already rolled back");
      expect(await added(database)).toEqual(["a"]);
    }),
  );

  it(
    "goes back to a savepoint, which stays, and releases it",
    inShop(async ({ kysely, database }) => {
      const trx = await kysely.startTransaction().execute();
      await add(trx, "a");
      const afterA = await trx.savepoint("after a").execute();
      await add(afterA, "b");
      await afterA.rollbackToSavepoint("after a").execute();
      await add(afterA, "c");
      await scheduler.wait(1);
      await afterA.rollbackToSavepoint("after a").execute();
      await add(afterA, "d");
      await afterA.releaseSavepoint("after a").execute();
      await trx.commit().execute();
      expect(await added(database)).toEqual(["a", "d"]);
    }),
  );

  it(
    "nests savepoints: going back to the outer one undoes and forgets the inner one",
    inShop(async ({ kysely, database }) => {
      const trx = await kysely.startTransaction().execute();
      const outer = await trx.savepoint("outer").execute();
      await add(outer, "a");
      const inner = await outer.savepoint("inner").execute();
      await add(inner, "b");
      await inner.releaseSavepoint("inner").execute();
      const again = await outer.savepoint("inner").execute();
      await expect(add(again, "Ada")).rejects.toThrow("UNIQUE");
      await again.rollbackToSavepoint("outer").execute();
      // Kysely's type knows the savepoint still; the database does not.
      await expect(again.rollbackToSavepoint("inner").execute()).rejects.toThrow("no such savepoint: inner");
      await add(trx, "c");
      await trx.commit().execute();
      expect(await added(database)).toEqual(["c"]);
    }),
  );

  it(
    "quotes the names of savepoints",
    inShop(async ({ kysely, database }) => {
      const name = `a"; COMMIT; --'`;
      const trx = await kysely.startTransaction().execute();
      const saved = await trx.savepoint(name).execute();
      await add(saved, "a");
      await saved.rollbackToSavepoint(name).execute();
      await trx.commit().execute();
      expect(await added(database)).toEqual([]);
    }),
  );

  it(
    "is rolled back when the commit is refused, and may be told to roll back then",
    inShop(async ({ kysely, database }) => {
      const trx = await kysely.startTransaction().execute();
      await add(trx, "a");
      await add(trx, "b");
      await trx.schema
        .createTable("late")
        .addColumn("person", "integer")
        .addForeignKeyConstraint("person_exists", ["person"], "person", ["id"], (key) =>
          key.deferrable().initiallyDeferred(),
        )
        .execute();
      await trx
        .insertInto("late" as "purchase")
        .values({ person: 99 } as never)
        .execute();
      await expect(trx.commit().execute()).rejects.toThrow("FOREIGN KEY constraint failed");
      await trx.rollback().execute();
      await add(kysely, "after");
      expect(await added(database)).toEqual(["after"]);
    }),
  );

  it(
    "fails the call of a procedure that leaves it open, and is rolled back",
    inShop(async ({ kysely, database }) => {
      const scope = database.scope();
      const trx = await kyselyOn({ database: database.db(scope) })
        .startTransaction()
        .execute();
      await add(trx, "a");
      await expect(scope.end()).rejects.toMatchObject({ code: "TRANSACTION_LEFT_OPEN" });
      await add(kysely, "after");
      expect(await added(database)).toEqual(["after"]);
    }),
  );
});
