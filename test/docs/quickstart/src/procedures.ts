import type { ProcedureDatabase } from "d1-procedures";

export default class Procedures {
  constructor(private db: ProcedureDatabase) {}

  async Transfer(from: number, to: number, amount: number) {
    return this.db.transaction(async () => {
      if (!(amount > 0)) throw new Error("The amount must be positive.");
      const balance = await this.#add(from, -amount); // CHECK (balance >= 0) may throw
      await this.#add(to, amount); // throws for an unknown account: nothing of the above is kept
      return { balance };
    });
  }

  async #add(id: number, amount: number): Promise<number> {
    const add = this.db.prepare("UPDATE account SET balance = balance + ? WHERE id = ? RETURNING balance");
    const balance = await add.bind(amount, id).first<number>("balance");
    if (balance === null) throw new Error(`There is no account ${id}.`);
    return balance;
  }
}
