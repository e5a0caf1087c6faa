import { sql, type Transaction } from "kysely";
import { describe, expect, it } from "vitest";
import { add, added, inShop, kyselyOn, type Shop } from "./kysely-shop.ts";

describe("kysely.transaction() in a procedure", () => {
  it(
    "commits when its callback returns, and gives what it returned",
    inShop(async ({ kysely, database }) => {
      const result = await kysely.transaction().execute(async (trx) => {
        await add(trx, "a");
        const row = await trx
          .insertInto("person")
          .values({ name: "b" })
          .returning("id")
          .executeTakeFirstOrThrow();
        expect(await trx.selectFrom("person").select("id").where("name", "=", "a").execute()).toHaveLength(1);
        return row.id;
      });
      expect(result).toBe(5);
      expect(await added(database)).toEqual(["a", "b"]);
    }),
  );

  it(
    "rolls back when its callback throws, and rejects with what it threw",
    inShop(async ({ kysely, database }) => {
      const thrown = new Error("no");
      const transaction = kysely.transaction().execute(async (trx) => {
        await add(trx, "a");
        throw thrown;
      });
      await expect(transaction).rejects.toBe(thrown);
      const nothing = kysely.transaction().execute(async () => {
        throw undefined;
      });
      await expect(nothing).rejects.toBeUndefined();
      expect(await added(database)).toEqual([]);
    }),
  );

  it(
    "rolls back when a query fails, in D1's words, and goes on when the callback catches that",
    inShop(async ({ kysely, database }) => {
      const transaction = kysely.transaction().execute(async (trx) => {
        await add(trx, "a");
        await add(trx, "Ada");
      });
      await expect(transaction).rejects.toMatchObject({
        message:
          "D1_ERROR: UNIQUE constraint failed: person.name: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)",
        code: "SQLITE_CONSTRAINT_UNIQUE",
      });
      expect(await added(database)).toEqual([]);
      await kysely.transaction().execute(async (trx) => {
        await add(trx, "b");
        await add(trx, "Ada").catch(() => {});
      });
      expect(await added(database)).toEqual(["b"]);
    }),
  );

  it(
    "waits for something outside while readers go on and see none of it, and rolls back after that too",
    inShop(async ({ kysely, database }) => {
      await kysely.transaction().execute(async (trx) => {
        await add(trx, "a");
        await scheduler.wait(1);
        expect(await added(database)).toEqual([]);
        await add(trx, "b");
      });
      expect(await added(database)).toEqual(["a", "b"]);
      const failing = kysely.transaction().execute(async (trx) => {
        await add(trx, "c");
        await scheduler.wait(1);
        await add(trx, "d");
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      expect(await added(database)).toEqual(["a", "b"]);
    }),
  );

  it(
    "runs queries that are issued together one after another",
    inShop(async ({ kysely, database }) => {
      await kysely.transaction().execute(async (trx) => {
        await Promise.all(["a", "b", "c"].map((name) => add(trx, name)));
      });
      expect(await added(database)).toEqual(["a", "b", "c"]);
    }),
  );

  it(
    "rejects when a deferred foreign key refuses the commit, and leaves nothing",
    inShop(async ({ kysely, database }) => {
      const transaction = kysely.transaction().execute(async (trx) => {
        await sql`PRAGMA defer_foreign_keys = ON`.execute(trx);
        await add(trx, "a");
        await trx.insertInto("purchase").values({ person_id: 99, item: "orphan", price: 1 }).execute();
      });
      await expect(transaction).rejects.toThrow("D1_ERROR: FOREIGN KEY constraint failed");
      await kysely.transaction().execute((trx) => add(trx, "next"));
      expect(await added(database)).toEqual(["next"]);
    }),
  );

  it(
    "changes the schema, all or nothing",
    inShop(async ({ kysely, database }) => {
      const transaction = kysely.transaction().execute(async (trx) => {
        await trx.schema.dropTable("purchase").execute();
        await trx.schema.createTable("other").addColumn("id", "integer").execute();
        throw new Error("no");
      });
      await expect(transaction).rejects.toThrow("no");
      expect(
        await database.column("SELECT name FROM sqlite_schema WHERE name IN ('purchase', 'other')"),
      ).toEqual(["purchase"]);
    }),
  );

  it(
    "refuses a query of trx after the end, whether it was committed or rolled back",
    inShop(async ({ kysely, database }) => {
      const kept: Transaction<Shop>[] = [];
      await kysely.transaction().execute(async (trx) => void kept.push(trx));
      const failing = kysely.transaction().execute(async (trx) => {
        kept.push(trx);
        throw new Error("no");
      });
      await expect(failing).rejects.toThrow("no");
      await expect(add(kept[0]!, "late")).rejects.toThrow("Transaction is already committed");
      await expect(add(kept[1]!, "late")).rejects.toThrow("Transaction is already rolled back");
      expect(await added(database)).toEqual([]);
    }),
  );

  it(
    "never lets a query that was not awaited run outside",
    inShop(async ({ kysely, database }) => {
      let late: Promise<unknown> = Promise.resolve();
      const transaction = kysely.transaction().execute(async (trx) => {
        await add(trx, "a");
        late = add(trx, "late");
        late.catch(() => {});
      });
      const [whole, query] = await Promise.allSettled([transaction, late]);
      expect(await added(database)).toEqual([
        ...(whole.status === "fulfilled" ? ["a"] : []),
        ...(whole.status === "fulfilled" && query.status === "fulfilled" ? ["late"] : []),
      ]);
    }),
  );

  it(
    "is serializable, whatever isolation level is asked for; read only is refused",
    inShop(async ({ kysely, database }) => {
      await kysely
        .transaction()
        .setIsolationLevel("read uncommitted")
        .setAccessMode("read write")
        .execute((trx) => add(trx, "a"));
      const readOnly = kysely.transaction().setAccessMode("read only");
      await expect(readOnly.execute((trx) => add(trx, "b"))).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
      });
      expect(await added(database)).toEqual(["a"]);
    }),
  );
});

describe("the bounds of kysely.transaction()", () => {
  it(
    "roll it back after timeoutMs: the next query fails, or else the commit",
    inShop(
      async ({ kysely, database }) => {
        const withQuery = kysely.transaction().execute(async (trx) => {
          await add(trx, "a");
          await database.query("INSERT INTO person (name) VALUES ('other')"); // waits for the timeout
          await add(trx, "b");
        });
        await expect(withQuery).rejects.toMatchObject({
          code: "TRANSACTION_CLOSED",
          cause: { code: "TRANSACTION_TIMEOUT" },
        });
        const withoutQuery = kysely.transaction().execute(async (trx) => {
          await add(trx, "c");
          await database.query("INSERT INTO person (name) VALUES ('another')");
        });
        await expect(withoutQuery).rejects.toMatchObject({ code: "TRANSACTION_TIMEOUT" });
        expect(await added(database)).toEqual(["other", "another"]);
        await kysely.transaction().execute((trx) => add(trx, "next"));
        expect(await added(database)).toEqual(["other", "another", "next"]);
      },
      { timeoutMs: 200 },
    ),
  );

  it(
    "roll it back when the signal aborts, and refuse to begin it later",
    inShop(async ({ kysely, db, database }) => {
      const abort = new AbortController();
      const bounded = kyselyOn({ database: db, signal: abort.signal });
      const transaction = bounded.transaction().execute(async (trx) => {
        await add(trx, "a");
        abort.abort(new Error("gone"));
        await add(trx, "b");
      });
      await expect(transaction).rejects.toMatchObject({ cause: { code: "TRANSACTION_CANCELLED" } });
      const later = bounded.transaction().execute((trx) => add(trx, "b"));
      await expect(later).rejects.toMatchObject({ code: "TRANSACTION_CANCELLED" });
      await add(kysely, "after");
      expect(await added(database)).toEqual(["after"]);
    }),
  );

  it(
    "end it with its procedure call",
    inShop(async ({ kysely, database }) => {
      const scope = database.scope();
      const ending = kyselyOn({ database: database.db(scope) });
      const transaction = ending.transaction().execute(async (trx) => {
        await add(trx, "a");
        await expect(scope.end()).rejects.toMatchObject({ code: "TRANSACTION_LEFT_OPEN" });
        await add(trx, "b");
      });
      await expect(transaction).rejects.toMatchObject({ cause: { code: "TRANSACTION_LEFT_OPEN" } });
      await expect(ending.transaction().execute(async () => {})).rejects.toMatchObject({
        code: "PROCEDURE_ENDED",
      });
      await add(kysely, "after");
      expect(await added(database)).toEqual(["after"]);
    }),
  );
});
