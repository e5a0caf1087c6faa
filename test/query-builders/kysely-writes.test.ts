import { sql } from "kysely";
import { describe, expect } from "vitest";
import { itWithEveryKysely } from "./kysely-shop.ts";

describe("kysely: writes", () => {
  itWithEveryKysely("tell the id of the new row and the number of rows, as bigint", async (kysely) => {
    const one = await kysely.insertInto("person").values({ name: "Di" }).executeTakeFirstOrThrow();
    expect({ ...one }).toEqual({ insertId: 4n, numInsertedOrUpdatedRows: 1n });
    const two = await kysely
      .insertInto("person")
      .values([{ name: "Ed" }, { name: "Flo" }])
      .executeTakeFirstOrThrow();
    expect({ ...two }).toEqual({ insertId: 6n, numInsertedOrUpdatedRows: 2n });
    const updated = await kysely.updateTable("person").set({ balance: 1 }).where("id", ">", 3).execute();
    expect(updated[0]!.numUpdatedRows).toBe(3n);
    const deleted = await kysely.deleteFrom("person").where("id", ">", 4).executeTakeFirstOrThrow();
    expect(deleted.numDeletedRows).toBe(2n);
    const none = await kysely.deleteFrom("person").where("id", "=", 99).executeTakeFirstOrThrow();
    expect(none.numDeletedRows).toBe(0n);
  });

  itWithEveryKysely("count the rows of cascades along, as D1 does", async (kysely) => {
    const deleted = await kysely.deleteFrom("person").where("id", "=", 1).executeTakeFirstOrThrow();
    expect(deleted.numDeletedRows).toBe(3n);
  });

  itWithEveryKysely("give rows back with RETURNING", async (kysely) => {
    const inserted = await kysely
      .insertInto("person")
      .values({ name: "Di" })
      .returning(["id", "balance"])
      .executeTakeFirst();
    expect(inserted).toEqual({ id: 4, balance: 0 });
    const updated = await kysely
      .updateTable("person")
      .set((eb) => ({ balance: eb("balance", "+", 1) }))
      .where("balance", ">", 0)
      .returningAll()
      .execute();
    expect(updated.map((row) => row.balance)).toEqual([101, 51]);
    const deleted = await kysely.deleteFrom("purchase").where("item", "=", "tea").returning("id").execute();
    expect(deleted).toHaveLength(2);
  });

  itWithEveryKysely("skip or update on a conflict", async (kysely) => {
    await kysely
      .insertInto("person")
      .values({ name: "Ada", balance: 1 })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const upserted = await kysely
      .insertInto("person")
      .values([
        { name: "Ada", balance: 7 },
        { name: "Di", balance: 8 },
      ])
      .onConflict((conflict) =>
        conflict.column("name").doUpdateSet((eb) => ({ balance: eb.ref("excluded.balance") })),
      )
      .returning(["id", "balance"])
      .execute();
    expect(upserted).toEqual([
      { id: 1, balance: 7 },
      { id: expect.any(Number), balance: 8 },
    ]);
  });

  itWithEveryKysely("insert from a query, and update from another table", async (kysely) => {
    await kysely
      .insertInto("purchase")
      .columns(["person_id", "item", "price"])
      .expression((eb) =>
        eb.selectFrom("person").select((eb) => ["id", sql<string>`'gift'`.as("item"), eb.val(0).as("price")]),
      )
      .execute();
    await kysely
      .updateTable("person")
      .from("purchase")
      .set((eb) => ({ balance: eb.ref("purchase.id") }))
      .whereRef("purchase.person_id", "=", "person.id")
      .where("purchase.item", "=", "gift")
      .execute();
    const balances = await kysely.selectFrom("person").select("balance").orderBy("id").execute();
    expect(balances.map((row) => row.balance)).toEqual([4, 5, 6]);
  });

  itWithEveryKysely("change the schema", async (kysely) => {
    await kysely.schema.alterTable("purchase").addColumn("note", "text").execute();
    await kysely.schema.alterTable("purchase").renameColumn("note", "remark").execute();
    await kysely.schema.createView("tea").as(kysely.selectFrom("purchase").selectAll()).execute();
    await kysely.schema.dropIndex("purchase_of_person").execute();
    const { rows } = await sql<{ name: string }>`SELECT name FROM pragma_table_info('tea')`.execute(kysely);
    expect(rows.map((row) => row.name)).toEqual(["id", "person_id", "item", "price", "remark"]);
  });
});
