import { type ColumnType, type Generated, Kysely, type Logger, sql } from "kysely";
import { D1Dialect } from "kysely-d1";
import { it } from "vitest";
import { ProcedureDialect, type ProcedureDialectConfig } from "../../src/kysely/index.ts";
import type { ProcedureDatabase } from "../../src/procedures.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";
import { type DatabaseName, onDatabase } from "./databases.ts";

export interface Shop {
  person: {
    id: Generated<number>;
    name: string;
    balance: Generated<number>;
    /** SQLite has no booleans: true and false are bound as 1 and 0. */
    active: ColumnType<number, boolean | undefined, boolean>;
    photo: ColumnType<number[] | null, Uint8Array | undefined, Uint8Array | null>;
  };
  purchase: { id: Generated<number>; person_id: number; item: string; price: number };
}

/** Makes the tables with Kysely's own schema builder, and puts three persons and their purchases in. */
export async function fillShop(kysely: Kysely<Shop>): Promise<void> {
  await kysely.schema
    .createTable("person")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("name", "text", (column) => column.notNull().unique())
    .addColumn("balance", "integer", (column) => column.notNull().defaultTo(0).check(sql`balance >= 0`))
    .addColumn("active", "integer", (column) => column.notNull().defaultTo(1))
    .addColumn("photo", "blob")
    .execute();
  await kysely.schema
    .createTable("purchase")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("person_id", "integer", (column) =>
      column.notNull().references("person.id").onDelete("cascade"),
    )
    .addColumn("item", "text", (column) => column.notNull())
    .addColumn("price", "real", (column) => column.notNull())
    .execute();
  await kysely.schema.createIndex("purchase_of_person").on("purchase").column("person_id").execute();
  await kysely
    .insertInto("person")
    .values([
      { name: "Ada", balance: 100, active: true },
      { name: "Bob", balance: 50, active: true },
      { name: "Cy", balance: 0, active: false },
    ])
    .execute();
  await kysely
    .insertInto("purchase")
    .values([
      { person_id: 1, item: "tea", price: 2.5 },
      { person_id: 1, item: "cup", price: 10 },
      { person_id: 2, item: "tea", price: 3 },
    ])
    .execute();
}

type Test = (kysely: Kysely<Shop>) => Promise<void>;

/** Runs something with the community's driver, on one of the databases. */
export function kyselyOverD1(name: DatabaseName, test: Test): Promise<void> {
  return onDatabase(name, (database) => test(new Kysely({ dialect: new D1Dialect({ database }) })));
}

const runners: Record<string, (test: Test) => Promise<void>> = {
  "kysely-d1 on local D1": (test) => kyselyOverD1("local D1", test),
  "kysely-d1 over the client": (test) => kyselyOverD1("the client", test),
  "kysely-d1 in a procedure": (test) => kyselyOverD1("a procedure", test),
  "ProcedureDialect in a procedure": (test) =>
    inDatabase((database) => test(kyselyOn({ database: database.db() })))(),
  "a transaction of ProcedureDialect": (test) =>
    inDatabase((database) =>
      kyselyOn({ database: database.db() })
        .transaction()
        .execute((trx) => test(trx)),
    )(),
};

/** Registers the test once for each way to use Kysely, on a filled shop. */
export function itWithEveryKysely(title: string, test: Test): void {
  it.each(Object.keys(runners))(`${title} (%s)`, (name) =>
    runners[name]!(async (kysely) => {
      await fillShop(kysely);
      await test(kysely);
    }),
  );
}

export function kyselyOn(config: ProcedureDialectConfig, log?: Logger): Kysely<Shop> {
  return new Kysely<Shop>({ dialect: new ProcedureDialect(config), ...(log && { log }) });
}

/** What a test in a procedure works with: Kysely on its `db`, on a filled shop. */
export interface ShopCall {
  kysely: Kysely<Shop>;
  db: ProcedureDatabase;
  database: TestDatabase;
}

/** Runs a test in a procedure of its own. */
export function inShop(
  test: (call: ShopCall) => Promise<void>,
  options: Omit<ProcedureDialectConfig, "database"> = {},
): () => Promise<void> {
  return inDatabase(async (database) => {
    const db = database.db();
    const kysely = kyselyOn({ database: db, ...options });
    await fillShop(kysely);
    await test({ kysely, db, database });
  });
}

export const add = (kysely: Kysely<Shop>, name: string) =>
  kysely.insertInto("person").values({ name }).execute();

/** Who was added to the shop, as the last commit has left it. */
export const added = (database: TestDatabase) =>
  database.column("SELECT name FROM person WHERE id > 3 ORDER BY id");
