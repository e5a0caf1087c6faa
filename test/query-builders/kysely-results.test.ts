import { CamelCasePlugin, sql } from "kysely";
import { describe, expect, it } from "vitest";
import { add, inShop, kyselyOn } from "./kysely-shop.ts";

describe("the insertId of ProcedureDialect", () => {
  it(
    "is that of the last row that the query has inserted",
    inShop(async ({ kysely }) => {
      const two = kysely.insertInto("person").values([
        { name: "a", balance: 0, active: true },
        { name: "b", balance: 0, active: true },
      ]);
      expect((await two.executeTakeFirst()).insertId).toBe(5n);
      const replaced = kysely.replaceInto("person").values({ name: "Ada" });
      expect((await replaced.executeTakeFirst()).insertId).toBe(6n);
      expect((await sql`INSERT INTO person (name) VALUES ('raw')`.execute(kysely)).insertId).toBe(7n);
    }),
  );

  it(
    "is undefined, never that of an earlier insert, when the query may not have inserted",
    inShop(async ({ kysely }) => {
      await add(kysely, "a");
      const skipped = kysely
        .insertInto("person")
        .values({ name: "Ada" })
        .onConflict((conflict) => conflict.doNothing());
      expect(await skipped.executeTakeFirst()).toMatchObject({
        insertId: undefined,
        numInsertedOrUpdatedRows: 0n,
      });
      const upserted = kysely
        .insertInto("person")
        .values({ name: "Ada" })
        .onConflict((conflict) => conflict.column("name").doUpdateSet({ balance: 1 }));
      expect(await upserted.executeTakeFirst()).toMatchObject({
        insertId: undefined,
        numInsertedOrUpdatedRows: 1n,
      });
      const updated = await kysely.executeQuery(kysely.updateTable("person").set({ balance: 2 }));
      expect(updated).toMatchObject({ insertId: undefined, numAffectedRows: 4n });
    }),
  );

  it(
    "is a bigint, which only a database with exact integers binds",
    inShop(async ({ kysely, db }) => {
      const nameOf = (instance: typeof kysely, id: bigint) =>
        instance
          .selectFrom("person")
          .select("name")
          .where("id", "=", id as unknown as number)
          .execute();
      const exact = kyselyOn({ database: db.withExactIntegers() });
      const { insertId } = await exact.insertInto("person").values({ name: "a" }).executeTakeFirstOrThrow();
      expect(await nameOf(exact, insertId!)).toEqual([{ name: "a" }]);
      await expect(nameOf(kysely, insertId!)).rejects.toThrow("D1_TYPE_ERROR: Type 'bigint' not supported");
      const large = 2n ** 60n + 1n;
      const ids = await exact.transaction().execute(async (trx) => {
        await sql`INSERT INTO person (id, name) VALUES (${large}, 'b')`.execute(trx);
        return trx.selectFrom("person").select("id").where("name", "=", "b").execute();
      });
      expect(ids).toEqual([{ id: large }]);
    }),
  );

  it(
    "is undefined when JavaScript's numbers cannot tell it",
    inShop(async ({ kysely }) => {
      const inserted = await sql`INSERT INTO person (id, name) VALUES (9007199254740993, 'a')`.execute(
        kysely,
      );
      expect(inserted).toMatchObject({ insertId: undefined, numAffectedRows: 1n });
    }),
  );
});

describe("ProcedureDialect", () => {
  it(
    "gives no count for a select, and rows and a count for RETURNING",
    inShop(async ({ kysely }) => {
      const selected = await kysely.executeQuery(kysely.selectFrom("person").select("id").limit(1));
      expect(selected).toEqual({ rows: [{ id: 1 }] });
      const query = kysely.deleteFrom("purchase").where("item", "=", "tea").returning("id");
      expect(await kysely.executeQuery(query)).toMatchObject({
        rows: [{ id: 1 }, { id: 3 }],
        numAffectedRows: 2n,
      });
    }),
  );

  it(
    "refuses stream(), inside and outside a transaction",
    inShop(async ({ kysely }) => {
      const rowsOf = async (db: typeof kysely) => {
        for await (const row of db.selectFrom("person").selectAll().stream()) return row;
      };
      await expect(rowsOf(kysely)).rejects.toMatchObject({ code: "STATEMENT_REFUSED" });
      await expect(kysely.transaction().execute(rowsOf)).rejects.toMatchObject({ code: "STATEMENT_REFUSED" });
      await add(kysely, "after");
    }),
  );

  it(
    "works with plugins, and logs every query and error",
    inShop(async ({ db }) => {
      const log: string[] = [];
      const logging = kyselyOn({ database: db }, (event) => {
        log.push(`${event.level}: ${event.query.sql}`);
      }).withPlugin(new CamelCasePlugin());
      const [row] = await logging
        .selectFrom("purchase")
        .select("purchase.person_id")
        .where("id", "=", 2)
        .execute();
      expect(row).toEqual({ personId: 1 });
      await logging.transaction().execute((trx) => add(trx, "a"));
      await expect(add(logging, "a")).rejects.toThrow("UNIQUE");
      expect(log).toEqual([
        'query: select "purchase"."person_id" from "purchase" where "id" = ?',
        'query: insert into "person" ("name") values (?)',
        'error: insert into "person" ("name") values (?)',
      ]);
    }),
  );

  it(
    "runs the queries of connection() one after another, outside any transaction",
    inShop(async ({ kysely, database }) => {
      await kysely.connection().execute(async (db) => {
        await Promise.all([add(db, "a"), add(db, "b")]);
        expect(await database.column("SELECT name FROM person WHERE id > 3")).toEqual(["a", "b"]);
      });
    }),
  );
});
