/** The procedures of docs/drizzle.md. */

import type { ProcedureDatabase } from "d1-procedures";
import { eq, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { pay } from "../payment.ts";
import * as schema from "./schema.ts";

const { account, entry } = schema;

export class AccountProcedures {
  readonly #db: ProcedureDatabase;
  readonly #orm: DrizzleD1Database<typeof schema>;

  constructor(db: ProcedureDatabase) {
    this.#db = db;
    this.#orm = drizzle(db, { schema });
  }

  async Transfer(from: number, to: number, amount: number) {
    return this.#orm.transaction(async (tx) => {
      const add = (id: number, sum: number) =>
        tx
          .update(account)
          .set({ balance: sql`${account.balance} + ${sum}` })
          .where(eq(account.id, id))
          .returning()
          .get();
      const payer = await add(from, -amount);
      if (payer.balance < 0) tx.rollback(); // throws, and everything is undone
      await add(to, amount);
      return { balance: payer.balance };
    });
  }

  async Withdraw(id: number, amount: number) {
    return this.#db.transaction(
      async (txn) => {
        await this.#orm.insert(entry).values({ accountId: id, amount: -amount });
        const { balance } = await this.#orm
          .update(account)
          .set({ balance: sql`${account.balance} - ${amount}` })
          .where(eq(account.id, id))
          .returning()
          .get();
        if (balance < 0 || !(await pay(amount, txn.signal))) {
          await txn.rollback();
          return { error: new Error("Not paid") };
        }
        return { balance };
      },
      { timeoutMs: 2_000 },
    );
  }
}
