/** The procedures of docs/transactions.md. */

import type { ProcedureDatabase } from "d1-procedures";

/** What charges a card. It makes one charge for one key, however often it is asked. */
export interface Payments {
  charge(amount: number, idempotencyKey: string, signal: AbortSignal): Promise<{ id: string }>;
}

interface Env {
  PAYMENTS: Payments;
}

export class Transfers {
  constructor(
    private db: ProcedureDatabase,
    private env: Env,
  ) {}

  async Transfer(from: number, to: number, amount: number) {
    return this.db.transaction(async (txn) => {
      const move = this.db.prepare("UPDATE account SET balance = balance + ? WHERE id = ?");
      await move.bind(-amount, from).run(); // CHECK (balance >= 0) may throw: all is undone
      const { meta } = await move.bind(amount, to).run();
      if (meta.changes === 0) {
        await txn.rollback(); // the block goes on, with nothing done
        return { error: new Error(`There is no account ${to}.`) };
      }
      return { moved: amount };
    });
  }

  async PayInterest(percent: number) {
    return this.db.transaction(async (txn) => {
      const { results } = await this.db.prepare("SELECT id FROM account ORDER BY id").all<{ id: number }>();
      const pay = this.db.prepare("UPDATE account SET balance = balance + balance * ?1 / 100 WHERE id = ?2");
      for (const [index, { id }] of results.entries()) {
        await pay.bind(percent, id).run();
        if (index % 100 === 99) await txn.commit(); // whatever comes, these hundred stay
      }
      return { accounts: results.length };
    });
  }

  async OpenWithCoupon(owner: string, coupon: string) {
    return this.db.transaction(async () => {
      const opened = this.db.prepare("INSERT INTO account (owner, balance) VALUES (?, 0) RETURNING id");
      const id = await opened.bind(owner).first<number>("id");

      const { error } = await this.db.transaction(async () => {
        await this.db.prepare("UPDATE account SET balance = 500 WHERE id = ?").bind(id).run();
        const used = this.db.prepare("INSERT INTO used_coupon (coupon) VALUES (?)"); // UNIQUE: may throw
        await used.bind(coupon).run();
      });
      return { id, gotBonus: error === undefined }; // without the coupon the account is opened all the same
    });
  }

  async TopUp(id: number, amount: number, orderId: string) {
    return this.db.transaction(
      async (txn) => {
        const earlier = this.db.prepare("SELECT charge_id FROM top_up WHERE order_id = ?").bind(orderId);
        const chargeId = await earlier.first<string>("charge_id");
        if (chargeId !== null) return { chargeId }; // the caller has tried again: it is done already

        await this.db.prepare("UPDATE account SET balance = balance + ? WHERE id = ?").bind(amount, id).run();
        const charge = await this.env.PAYMENTS.charge(amount, orderId, txn.signal); // readers go on meanwhile
        const topUp = this.db.prepare("INSERT INTO top_up (order_id, charge_id, at) VALUES (?, ?, ?)");
        await topUp.bind(orderId, charge.id, new Date().toISOString()).run();
        return { chargeId: charge.id };
      },
      { timeoutMs: 5_000 },
    );
  }

  async MoveInText(from: number, to: number, amount: number) {
    const move = this.db.prepare("UPDATE account SET balance = balance + ? WHERE id = ?");
    await this.db.prepare("BEGIN").run();
    await move.bind(-amount, from).run();
    await this.db.prepare("SAVEPOINT fee").run();
    await move.bind(-1, from).run();
    await this.db.prepare("ROLLBACK TO fee").run();
    await move.bind(amount, to).run();
    await this.db.prepare("COMMIT").run();
  }
}
