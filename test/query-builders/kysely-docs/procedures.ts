/** The procedures of docs/kysely.md. */

import type { ProcedureDatabase } from "d1-procedures";
import { ProcedureDialect } from "d1-procedures/kysely";
import { Kysely, Migrator } from "kysely";
import { pay } from "../payment.ts";
import { migrations } from "./migrations.ts";
import type { Schema } from "./schema.ts";

export class AccountProcedures {
  readonly #db: ProcedureDatabase;
  readonly #kysely: Kysely<Schema>;

  constructor(db: ProcedureDatabase) {
    this.#db = db;
    this.#kysely = new Kysely({ dialect: new ProcedureDialect({ database: db, timeoutMs: 2_000 }) });
  }

  async Transfer(from: number, to: number, amount: number) {
    return this.#kysely.transaction().execute(async (trx) => {
      const add = (id: number, sum: number) =>
        trx
          .updateTable("account")
          .set((eb) => ({ balance: eb("balance", "+", sum) }))
          .where("id", "=", id)
          .returning("balance")
          .executeTakeFirstOrThrow();
      const payer = await add(from, -amount);
      if (payer.balance < 0) throw new Error("Not enough money"); // everything is undone
      await add(to, amount);
      return { balance: payer.balance };
    });
  }

  async Open(owners: string[]) {
    const trx = await this.#kysely.startTransaction().execute();
    const taken: string[] = [];
    for (const owner of owners) {
      const saved = await trx.savepoint("owner").execute();
      try {
        await saved.insertInto("account").values({ owner, balance: 0 }).execute();
        await saved.releaseSavepoint("owner").execute();
      } catch {
        await saved.rollbackToSavepoint("owner").execute();
        taken.push(owner);
      }
    }
    await trx.commit().execute();
    return { taken };
  }

  async Withdraw(id: number, amount: number) {
    return this.#db.transaction(async (txn) => {
      const { balance } = await this.#kysely
        .updateTable("account")
        .set((eb) => ({ balance: eb("balance", "-", amount) }))
        .where("id", "=", id)
        .returning("balance")
        .executeTakeFirstOrThrow();
      if (balance < 0 || !(await pay(amount, txn.signal))) {
        await txn.rollback();
        return { error: new Error("Not paid") };
      }
      return { balance };
    });
  }

  async Migrate() {
    const provider = { getMigrations: async () => migrations };
    const { error, results } = await new Migrator({ db: this.#kysely, provider }).migrateToLatest();
    if (error) throw error; // none of the pending ones was applied
    return results!.map(({ migrationName }) => migrationName);
  }
}
