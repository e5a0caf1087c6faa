import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { add, added, inShop, kyselyOn, type ShopCall } from "./kysely-shop.ts";

/** Reads the balance of Ada, waits, and writes it back with one more: wrong unless nobody comes between. */
async function raise({ kysely }: Pick<ShopCall, "kysely">): Promise<void> {
  await kysely.transaction().execute(async (trx) => {
    const ada = trx.selectFrom("person").select("balance").where("id", "=", 1);
    const { balance } = await ada.executeTakeFirstOrThrow();
    await scheduler.wait(1);
    await trx
      .updateTable("person")
      .set({ balance: balance + 1 })
      .where("id", "=", 1)
      .execute();
  });
}

describe("two transactions of kysely", () => {
  it(
    "run one after the other, in one call and in two",
    inShop(async ({ kysely, database }) => {
      const other = kyselyOn({ database: database.db() });
      await Promise.all([raise({ kysely }), raise({ kysely }), raise({ kysely: other })]);
      expect(await database.column("SELECT balance FROM person WHERE id = 1")).toEqual([103]);
    }),
  );

  it(
    "fail each for itself",
    inShop(async ({ kysely, database }) => {
      const outcomes = await Promise.allSettled(
        ["a", "Ada", "b"].map((name) => kysely.transaction().execute((trx) => add(trx, name))),
      );
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(await added(database)).toEqual(["a", "b"]);
    }),
  );
});

describe("queries of the Kysely instance while a transaction of it is open", () => {
  it(
    "select the last committed state at once",
    inShop(async ({ kysely }) => {
      const count = kysely.selectFrom("person").select((eb) => eb.fn.countAll<number>().as("n"));
      await kysely.transaction().execute(async (trx) => {
        await add(trx, "a");
        expect(await count.executeTakeFirst()).toEqual({ n: 3 });
        await scheduler.wait(1);
        expect(await count.executeTakeFirst()).toEqual({ n: 3 });
        await add(trx, "b");
      });
      expect(await count.executeTakeFirst()).toEqual({ n: 5 });
    }),
  );

  it(
    "write after its end, and are no part of it",
    inShop(async ({ kysely, database }) => {
      let outside: Promise<unknown> = Promise.resolve();
      const transaction = kysely.transaction().execute(async (trx) => {
        await add(trx, "inside");
        outside = add(kysely, "outside");
        await scheduler.wait(1);
        expect(await trx.selectFrom("person").select("id").where("name", "=", "outside").execute()).toEqual(
          [],
        );
        throw new Error("no");
      });
      await expect(transaction).rejects.toThrow("no");
      await outside;
      expect(await added(database)).toEqual(["outside"]);
    }),
  );

  it(
    "write in their turn when they were issued together with it",
    inShop(async ({ kysely, database }) => {
      await Promise.all([
        kysely.transaction().execute(async (trx) => {
          await add(trx, "a");
          await scheduler.wait(1);
          await add(trx, "b");
        }),
        add(kysely, "c"),
      ]);
      expect((await added(database)).toSorted()).toEqual(["a", "b", "c"]);
    }),
  );

  it(
    "fail with a word about trx, and do not run, when the callback waits for them until the timeout",
    inShop(
      async ({ kysely, database }) => {
        const mistakes = [
          () => add(kysely, "outside"),
          () => sql`DELETE FROM person`.execute(kysely),
          () => kysely.schema.dropTable("person").execute(),
          () => kysely.transaction().execute((trx) => add(trx, "outside")),
        ];
        for (const mistake of mistakes) {
          const transaction = kysely.transaction().execute(async (trx) => {
            await add(trx, "inside");
            await mistake();
          });
          await expect(transaction).rejects.toMatchObject({
            code: "TRANSACTION_MISUSE",
            message: expect.stringContaining("use its `trx`"),
            cause: { code: "TRANSACTION_TIMEOUT" },
          });
        }
        await add(kysely, "after");
        expect(await added(database)).toEqual(["after"]);
      },
      { timeoutMs: 200 },
    ),
  );
});

describe("kysely in this.db.transaction()", () => {
  it(
    "joins it with every query",
    inShop(async ({ kysely, db, database }) => {
      const { error } = await db.transaction(async () => {
        await add(kysely, "a");
        await scheduler.wait(1);
        await add(kysely, "b");
        expect(await added(database)).toEqual([]);
        throw new Error("no");
      });
      expect(error).toMatchObject({ message: "no" });
      await db.transaction(async () => {
        await add(kysely, "c");
      });
      expect(await added(database)).toEqual(["c"]);
    }),
  );

  it(
    "nests a transaction of its own, whose failure undoes its own part only",
    inShop(async ({ kysely, db, database }) => {
      const { error } = await db.transaction(async () => {
        await add(kysely, "a");
        const inner = kysely.transaction().execute(async (trx) => {
          await add(trx, "undone");
          throw new Error("inner");
        });
        await expect(inner).rejects.toThrow("inner");
        await kysely.transaction().execute(async (trx) => {
          await add(trx, "b");
          await scheduler.wait(1);
        });
        await Promise.all([raise({ kysely }), raise({ kysely })]);
        expect(await added(database)).toEqual([]);
      });
      expect(error).toBeUndefined();
      expect(await added(database)).toEqual(["a", "b"]);
      expect(await database.column("SELECT balance FROM person WHERE id = 1")).toEqual([102]);
    }),
  );

  it(
    "ends with it when it fails from outside, so that later queries do not wait for ever",
    inShop(async ({ kysely, db, database }) => {
      let inner: Promise<unknown> = Promise.resolve();
      const mistake = async () => {
        inner = kysely.transaction().execute(async (trx) => {
          await add(trx, "inside");
          await add(kysely, "outside");
        });
        await inner;
      };
      const { error } = await db.transaction(mistake, { timeoutMs: 200 });
      expect(error).toMatchObject({ code: "TRANSACTION_TIMEOUT" });
      await expect(inner).rejects.toMatchObject({ code: "TRANSACTION_MISUSE" });
      await add(kysely, "after");
      expect(await added(database)).toEqual(["after"]);
    }),
  );
});
