/** The example at the top of README.md, with what procedures/ has around it. */

import type { DatabaseClient, ProcedureDatabase, ProceduresOf } from "d1-procedures";
import type { Env } from "../../../procedures/env.ts";
import { PaymentFailedError } from "../../../procedures/errors.ts";
import { PaymentAPI } from "../../../procedures/payment-api.ts";
import * as rows from "../../../procedures/shop-rows.ts";

// procedures/index.ts (abridged): every method becomes env.DB.Procedures.<name>
export default class Procedures {
  constructor(
    private db: ProcedureDatabase,
    private env: Env,
  ) {}

  async Checkout(cartId: number) {
    return this.db.transaction(async (txn) => {
      const { cart, user } = await loadCartAndUser(this.db, cartId);
      await this.db.prepare("UPDATE cart SET status = 'purchased' WHERE cart_id = ?").bind(cartId).run();
      const balance = user.balance - cart.total_cost; // CHECK (balance >= 0) may throw: all is undone
      const pay = this.db.prepare("UPDATE user SET balance = ? WHERE user_id = ?");
      await pay.bind(balance, user.user_id).run();

      const payment = await processPayment(this.env, user, cart, txn.signal); // readers go on meanwhile
      if (!payment.ok) {
        await txn.rollback();
        return { error: new PaymentFailedError(payment.details) };
      }
      await txn.commit();
      return { amount_charged: cart.total_cost, remaining_balance: balance };
    });
  }
}

export async function buy(env: { DB: DatabaseClient<ProceduresOf<typeof Procedures>> }, cartId: number) {
  // your Worker, typed end to end
  const { error, amount_charged } = await env.DB.Procedures.Checkout(cartId);
  return error ? error.message : amount_charged;
}

async function loadCartAndUser(db: ProcedureDatabase, cartId: number) {
  const found = await rows.loadCartAndUser(db, cartId);
  if (found === null) throw new Error(`There is no cart ${cartId}.`);
  return found;
}

function processPayment(env: Env, user: rows.UserRow, cart: rows.CartRow, signal: AbortSignal) {
  const payment = {
    paymentMethodId: user.payment_method_id,
    amount: cart.total_cost,
    idempotencyKey: cart.payment_key,
  };
  return new PaymentAPI(env.PAYMENT_API).processPayment(payment, signal);
}
