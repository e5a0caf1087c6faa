import { env } from "cloudflare:workers";
import { connect, type ProcedureDatabase } from "d1-procedures";
import { describe, expect, it } from "vitest";
import page from "../../docs/kysely.md?raw";
import { everySnippetRuns } from "../support/doc-snippets.ts";
import { inDatabase } from "../support/in-database.ts";
import { AccountProcedures } from "./kysely-docs/procedures.ts";
import procedures from "./kysely-docs/procedures.ts?raw";
import { useKysely } from "./kysely-docs/worker.ts";
import worker from "./kysely-docs/worker.ts?raw";

describe("docs/kysely.md", () => {
  everySnippetRuns(page, { "kysely-docs/worker.ts": worker, "kysely-docs/procedures.ts": procedures });
});

describe("the code of docs/kysely.md", () => {
  const accounts = "INSERT INTO account VALUES (1, 'Ada', 150), (2, 'Bob', 50)";

  /** Runs a test with the procedures of a call of its own, on a database that has the accounts. */
  function withProcedures(
    test: (procedures: AccountProcedures, db: ProcedureDatabase) => Promise<void>,
  ): () => Promise<void> {
    return inDatabase(async (database) => {
      const db = database.db();
      const procedures = new AccountProcedures(db);
      expect(await procedures.Migrate()).toEqual(["0001_account", "0002_balance"]);
      expect(await procedures.Migrate()).toEqual([]);
      await db.exec(accounts);
      await test(procedures, db);
    });
  }

  const stored = (db: D1Database) => db.prepare("SELECT owner, balance FROM account ORDER BY id").raw();

  it("reads over a client", async () => {
    const db = connect(env.DB);
    await db.exec("CREATE TABLE account (id INTEGER PRIMARY KEY, owner TEXT, balance INTEGER)");
    await db.exec(accounts);
    expect(await useKysely(env)).toEqual([{ id: 1, owner: "Ada", balance: 150 }]);
  });

  it(
    "transfers, or nothing",
    withProcedures(async (procedures, db) => {
      expect(await procedures.Transfer(1, 2, 70)).toEqual({ balance: 80 });
      await expect(procedures.Transfer(1, 2, 81)).rejects.toThrow("Not enough money");
      expect(await stored(db)).toEqual([
        ["Ada", 80],
        ["Bob", 120],
      ]);
    }),
  );

  it(
    "opens the accounts of those who have none",
    withProcedures(async (procedures, db) => {
      expect(await procedures.Open(["Cy", "Ada", "Di"])).toEqual({ taken: ["Ada"] });
      expect((await stored(db)).slice(2)).toEqual([
        ["Cy", 0],
        ["Di", 0],
      ]);
    }),
  );

  it(
    "withdraws what the payment provider pays",
    withProcedures(async (procedures, db) => {
      expect(await procedures.Withdraw(1, 30)).toEqual({ balance: 120 });
      expect(await procedures.Withdraw(1, 121)).toMatchObject({ error: { message: "Not paid" } });
      await db.exec("UPDATE account SET balance = 5000 WHERE id = 2");
      expect(await procedures.Withdraw(2, 1001)).toMatchObject({ error: { message: "Not paid" } });
      expect(await stored(db)).toEqual([
        ["Ada", 120],
        ["Bob", 5000],
      ]);
    }),
  );
});
