/** The procedures of docs/procedures.md. */

import { defineBinding, defineDatabase, type ProcedureContext, type ProcedureDatabase } from "d1-procedures";

interface Env {
  MAIL: { send(text: string): Promise<void> };
}

export class InsufficientFundsError extends Error {
  override readonly name = "InsufficientFundsError";
  readonly code = "INSUFFICIENT_FUNDS"; // for callers
  readonly status = 409; // for HTTP

  constructor(readonly missing: number) {
    super(`${missing} cents are missing.`);
  }
}

export class Procedures {
  constructor(
    private db: ProcedureDatabase,
    private env: Env,
    private ctx: ProcedureContext,
  ) {}

  async Open(owner: string, balance: number) {
    const opened = this.db.prepare("INSERT INTO account (owner, balance) VALUES (?, ?) RETURNING id");
    const id = await opened.bind(owner, balance).first<number>("id");
    this.ctx.waitUntil(this.#welcome(owner)); // goes on when the caller has its answer
    return id!;
  }

  async Withdraw(id: number, amount: number) {
    return this.db.transaction(async () => {
      const account = this.db.prepare("SELECT balance FROM account WHERE id = ?").bind(id);
      const balance = (await account.first<number>("balance")) ?? 0;
      if (balance < amount) throw new InsufficientFundsError(amount - balance);
      await this.db.prepare("UPDATE account SET balance = balance - ? WHERE id = ?").bind(amount, id).run();
      return { balance: balance - amount };
    });
  }

  /** `#`: nobody can call it from outside. */
  async #welcome(owner: string) {
    await this.env.MAIL.send(`Welcome, ${owner}.`);
    await this.db.prepare("UPDATE account SET welcomed = 1 WHERE owner = ?").bind(owner).run();
  }
}

export class Reports {
  constructor(private db: ProcedureDatabase) {}

  async Richest(count: number) {
    const richest = this.db.prepare("SELECT owner, balance FROM account ORDER BY balance DESC LIMIT ?");
    return (await richest.bind(count).all<{ owner: string; balance: number }>()).results;
  }
}

export class Bank extends defineDatabase({ default: Procedures, reports: Reports }) {}

export class DB extends defineBinding(Bank, { binding: "BANK" }) {}
