import type { ProcedureDatabase } from "d1-procedures";

export interface PaymentApi {
  charge(customer: number, amount: number): Promise<{ ok: boolean }>;
}

export class Procedures {
  constructor(
    private db: ProcedureDatabase,
    private env: { PAYMENT_API: PaymentApi },
  ) {}

  async Buy(customer: number, amount: number) {
    return this.db.transaction(async (txn) => {
      await this.db
        .prepare("UPDATE customer SET balance = balance - ? WHERE id = ?")
        .bind(amount, customer)
        .run();
      await this.db
        .prepare("INSERT INTO purchase (customer, amount) VALUES (?, ?)")
        .bind(customer, amount)
        .run();
      const payment = await this.env.PAYMENT_API.charge(customer, amount);
      if (!payment.ok) {
        await txn.rollback();
        return { error: new Error("The payment was declined") };
      }
      return { charged: amount };
    });
  }
}
