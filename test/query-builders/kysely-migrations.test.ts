import { CamelCasePlugin, type Migration, Migrator, sql } from "kysely";
import { describe, expect, it } from "vitest";
import { inShop, type ShopCall } from "./kysely-shop.ts";

describe("the introspection of ProcedureDialect", () => {
  it(
    "lists tables and views with their columns, and nothing of the runtime's",
    inShop(async ({ kysely, database }) => {
      await kysely.schema.createView("tea").as(kysely.selectFrom("purchase").select("item")).execute();
      await kysely.schema
        .createTable("pair")
        .addColumn("left", "integer", (column) => column.notNull())
        .addColumn("right", "integer")
        .addPrimaryKeyConstraint("pair_key", ["left", "right"])
        .execute();
      // What `wrangler dev` adds to every object.
      await database.query("CREATE TABLE __miniflare_do_name (id INTEGER PRIMARY KEY, name TEXT)");
      const { tables } = await kysely.withPlugin(new CamelCasePlugin()).introspection.getMetadata();
      expect(tables.map(({ name, isView }) => [name, isView])).toEqual([
        ["pair", false],
        ["person", false],
        ["purchase", false],
        ["tea", true],
      ]);
      const [left] = tables[0]!.columns;
      expect(left).toMatchObject({
        name: "left",
        dataType: "INTEGER",
        isNullable: false,
        isAutoIncrementing: false,
      });
      expect(tables[1]!.columns.slice(0, 3)).toMatchObject([
        { name: "id", isAutoIncrementing: true, hasDefaultValue: false },
        { name: "name", dataType: "TEXT", isNullable: false },
        { name: "balance", isAutoIncrementing: false, hasDefaultValue: true },
      ]);
    }),
  );
});

describe("kysely's Migrator in a procedure", () => {
  const migrations: Record<string, Migration> = {
    "1_status": {
      up: (db) => db.schema.alterTable("person").addColumn("status", "text").execute(),
      down: (db) => db.schema.alterTable("person").dropColumn("status").execute(),
    },
    "2_fill": {
      async up(db) {
        await sql`UPDATE person SET status = 'new'`.execute(db);
      },
      async down(db) {
        await sql`UPDATE person SET status = NULL`.execute(db);
      },
    },
  };

  const migrator = ({ kysely }: Pick<ShopCall, "kysely">, more: Record<string, Migration> = {}) =>
    new Migrator({ db: kysely, provider: { getMigrations: async () => ({ ...migrations, ...more }) } });

  const statuses = ({ database }: ShopCall) => database.column("SELECT DISTINCT status FROM person");

  it(
    "brings the schema up to date once, and down again",
    inShop(async (call) => {
      const { error, results } = await migrator(call).migrateToLatest();
      expect(error).toBeUndefined();
      expect(results!.map(({ migrationName, status }) => `${migrationName}: ${status}`)).toEqual([
        "1_status: Success",
        "2_fill: Success",
      ]);
      expect(await statuses(call)).toEqual(["new"]);
      expect((await migrator(call).migrateToLatest()).results).toEqual([]);
      const tables = await call.kysely.introspection.getTables();
      expect(tables.map(({ name }) => name)).toEqual(["person", "purchase"]);
      expect((await migrator(call).migrateDown()).error).toBeUndefined();
      expect(await statuses(call)).toEqual([null]);
      expect((await migrator(call).migrateDown()).error).toBeUndefined();
      await expect(statuses(call)).rejects.toThrow("no such column: status");
    }),
  );

  it(
    "applies all pending migrations or none",
    inShop(async (call) => {
      const broken = {
        "3_broken": { up: (db) => db.schema.dropTable("nowhere").execute() },
      } satisfies Record<string, Migration>;
      const { error } = await migrator(call, broken).migrateToLatest();
      expect(error).toMatchObject({ message: expect.stringContaining("no such table: nowhere") });
      await expect(statuses(call)).rejects.toThrow("no such column: status");
      expect((await migrator(call).migrateToLatest()).error).toBeUndefined();
      expect(await statuses(call)).toEqual(["new"]);
    }),
  );
});
