import { env } from "cloudflare:workers";
import { connect } from "d1-procedures";
import { eq } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { migrate } from "drizzle-orm/d1/migrator";
import { describe, expect, it } from "vitest";
import page from "../../docs/drizzle.md?raw";
import { everySnippetRuns } from "../support/doc-snippets.ts";
import { inDatabase } from "../support/in-database.ts";
import { AccountProcedures } from "./drizzle-docs/procedures.ts";
import procedures from "./drizzle-docs/procedures.ts?raw";
import { account, entry } from "./drizzle-docs/schema.ts";
import { migrateDatabase, migrationsFolder, useDrizzle } from "./drizzle-docs/worker.ts";
import worker from "./drizzle-docs/worker.ts?raw";

describe("docs/drizzle.md", () => {
  everySnippetRuns(page, { "drizzle-docs/worker.ts": worker, "drizzle-docs/procedures.ts": procedures });
});

describe("the code of docs/drizzle.md", () => {
  const accounts = [
    { id: 1, owner: "Ada", balance: 150 },
    { id: 2, owner: "Bob", balance: 50 },
  ];

  /** Runs a test with the procedures of a call of its own, on a database that has the accounts. */
  function withProcedures(
    test: (procedures: AccountProcedures, orm: DrizzleD1Database) => Promise<void>,
  ): () => Promise<void> {
    return inDatabase(async (database) => {
      const db = database.db();
      await migrate(drizzle(db), { migrationsFolder: migrationsFolder() });
      await drizzle(db).insert(account).values(accounts);
      await test(new AccountProcedures(db), drizzle(db));
    });
  }

  const balances = async (orm: DrizzleD1Database) =>
    (await orm.select({ balance: account.balance }).from(account).orderBy(account.id)).map(
      (row) => row.balance,
    );

  it("migrates over a client, reads, and writes a batch", async () => {
    await migrateDatabase(env);
    await migrateDatabase(env);
    await drizzle(connect(env.DB)).insert(account).values(accounts);
    const { rich, ada, updated } = await useDrizzle(env);
    expect(rich).toEqual([accounts[0]]);
    expect(ada).toEqual({ ...accounts[0], entries: [] });
    expect(updated).toEqual([{ ...accounts[0], balance: 200 }]);
  });

  it(
    "transfers, or nothing",
    withProcedures(async (procedures, orm) => {
      expect(await procedures.Transfer(1, 2, 120)).toEqual({ balance: 30 });
      expect(await balances(orm)).toEqual([30, 170]);
      await expect(procedures.Transfer(1, 2, 31)).rejects.toThrow("Rollback");
      expect(await balances(orm)).toEqual([30, 170]);
    }),
  );

  it(
    "withdraws what the payment provider pays",
    withProcedures(async (procedures, orm) => {
      expect(await procedures.Withdraw(1, 30)).toEqual({ balance: 120 });
      expect(await procedures.Withdraw(1, 121)).toMatchObject({ error: { message: "Not paid" } });
      await orm.update(account).set({ balance: 5000 }).where(eq(account.id, 2));
      expect(await procedures.Withdraw(2, 1001)).toMatchObject({ error: { message: "Not paid" } });
      expect(await balances(orm)).toEqual([120, 5000]);
      expect(await orm.$count(entry)).toBe(1);
    }),
  );
});
