import { ParseJSONResultsPlugin, sql } from "kysely";
import { jsonArrayFrom } from "kysely/helpers/sqlite";
import { describe, expect } from "vitest";
import { itWithEveryKysely } from "./kysely-shop.ts";

describe("kysely: queries", () => {
  itWithEveryKysely("filter, order, limit and offset", async (kysely) => {
    const rows = await kysely
      .selectFrom("person")
      .select(["id", "name"])
      .where((eb) => eb.or([eb("balance", ">=", 50), eb("name", "like", "C%")]))
      .where("id", "in", [1, 2, 3, 4])
      .orderBy("balance", "desc")
      .limit(2)
      .offset(1)
      .execute();
    expect(rows).toEqual([
      { id: 2, name: "Bob" },
      { id: 3, name: "Cy" },
    ]);
  });

  itWithEveryKysely("take the first row, or undefined, or an error", async (kysely) => {
    const byName = (name: string) => kysely.selectFrom("person").select("id").where("name", "=", name);
    expect(await byName("Bob").executeTakeFirst()).toEqual({ id: 2 });
    expect(await byName("x' OR 1=1 --").executeTakeFirst()).toBeUndefined();
    await expect(byName("Nobody").executeTakeFirstOrThrow()).rejects.toThrow("no result");
  });

  itWithEveryKysely("join, group and aggregate", async (kysely) => {
    const rows = await kysely
      .selectFrom("person")
      .leftJoin("purchase", "purchase.person_id", "person.id")
      .groupBy("person.id")
      .select(({ fn }) => [
        "person.name",
        fn.count<number>("purchase.id").as("purchases"),
        fn.sum<number | null>("price").as("spent"),
      ])
      .having((eb) => eb.fn.count("purchase.id"), "<", 2)
      .orderBy("person.id")
      .execute();
    expect(rows).toEqual([
      { name: "Bob", purchases: 1, spent: 3 },
      { name: "Cy", purchases: 0, spent: null },
    ]);
  });

  itWithEveryKysely("use common table expressions, subqueries and CASE", async (kysely) => {
    const rows = await kysely
      .with("spent", (db) =>
        db
          .selectFrom("purchase")
          .groupBy("person_id")
          .select((eb) => ["person_id", eb.fn.sum<number>("price").as("total")]),
      )
      .selectFrom("person")
      .innerJoin("spent", "spent.person_id", "person.id")
      .select((eb) => [
        "name",
        "total",
        eb.case().when("total", ">", 5).then("much").else("little").end().as("much"),
        eb
          .selectFrom("purchase")
          .whereRef("purchase.person_id", "=", "person.id")
          .select("item")
          .orderBy("price")
          .limit(1)
          .as("cheapest"),
      ])
      .orderBy("name")
      .execute();
    expect(rows).toEqual([
      { name: "Ada", total: 12.5, much: "much", cheapest: "tea" },
      { name: "Bob", total: 3, much: "little", cheapest: "tea" },
    ]);
  });

  itWithEveryKysely("nest rows as JSON", async (kysely) => {
    const rows = await kysely
      .withPlugin(new ParseJSONResultsPlugin())
      .selectFrom("person")
      .select((eb) => [
        "name",
        jsonArrayFrom(
          eb
            .selectFrom("purchase")
            .select(["item", "price"])
            .whereRef("purchase.person_id", "=", "person.id")
            .orderBy("price"),
        ).as("purchases"),
      ])
      .where("id", "!=", 2)
      .execute();
    expect(rows).toEqual([
      {
        name: "Ada",
        purchases: [
          { item: "tea", price: 2.5 },
          { item: "cup", price: 10 },
        ],
      },
      { name: "Cy", purchases: [] },
    ]);
  });

  itWithEveryKysely("run raw SQL with bound values and quoted names", async (kysely) => {
    const { rows } = await sql<{ n: number }>`
      SELECT count(*) AS n FROM ${sql.table("person")} WHERE ${sql.ref("name")} <> ${"'; DROP TABLE person; --"}
    `.execute(kysely);
    expect(rows).toEqual([{ n: 3 }]);
  });

  itWithEveryKysely("bind booleans as 0 and 1, give bytes as D1 does", async (kysely) => {
    await kysely
      .updateTable("person")
      .set({ photo: new Uint8Array([1, 2, 255]), active: false })
      .where("id", "=", 1)
      .execute();
    const row = await kysely.selectFrom("person").select(["photo", "active"]).where("id", "=", 1).execute();
    expect(row).toEqual([{ photo: [1, 2, 255], active: 0 }]);
  });

  itWithEveryKysely("fail with D1's words", async (kysely) => {
    await expect(kysely.insertInto("person").values({ name: "Ada" }).execute()).rejects.toThrow(
      "D1_ERROR: UNIQUE constraint failed: person.name: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)",
    );
    await expect(kysely.updateTable("person").set({ balance: -1 }).execute()).rejects.toThrow(
      /^D1_ERROR: CHECK constraint failed/,
    );
    await expect(sql`SELECT * FROM nowhere`.execute(kysely)).rejects.toThrow(
      "D1_ERROR: no such table: nowhere",
    );
  });
});
