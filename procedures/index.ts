/**
 * The shop: the procedures of this deployment. Every method is callable as `env.DB.Procedures.<name>()` and
 * answers with its result or with `{ error }`.
 */

import type { ProcedureContext, ProcedureDatabase, TransactionResult } from "../src/index.ts";
import { checkIds, checkQuantity, maxQuantity } from "./arguments.ts";
import type { Env } from "./env.ts";
import {
  CartEmptyError,
  CartLineFullError,
  CartNotFoundError,
  CartNotOpenError,
  PaymentFailedError,
  ProductNotFoundError,
  UserNotFoundError,
} from "./errors.ts";
import { PaymentAPI } from "./payment-api.ts";
import { type CartLine, type CartRow, loadCartAndUser, loadCartLines, loadUser } from "./shop-rows.ts";

/** What a checkout did. Amounts in cents. */
export interface Receipt {
  amount_charged: number;
  remaining_balance: number;
}

/** A cart as its owner sees it. Amounts in cents. */
export interface Cart {
  cart_id: number;
  user_id: number;
  status: CartRow["status"];
  total_cost: number;
  items: CartLine[];
}

/**
 * Milliseconds that a checkout may last. Every other writer waits while the payment is pending, so this is
 * shorter than the database's default.
 */
const checkoutTimeoutMs = 5_000;

export default class Procedures {
  constructor(
    private db: ProcedureDatabase,
    private env: Env,
    _ctx: ProcedureContext,
  ) {}

  /**
   * Buys a cart: marks it purchased, writes the order, takes the total off the user's balance and charges
   * the user's payment method. All of it, or nothing.
   *
   * Calling it again is always safe. The one thing that no database can roll back is the charge: if the
   * service charged but we did not commit (its answer got lost, the timeout struck, the machine died),
   * the cart is still open here and paid there. The cart's payment key joins the two again: the next call
   * sends the same key, the service answers with the charge it already made, and this time it commits.
   */
  async Checkout(cartId: number): Promise<TransactionResult<Receipt>> {
    const invalid = checkIds({ cartId });
    if (invalid) return { error: invalid };

    return this.db.transaction(
      async (txn): Promise<TransactionResult<Receipt>> => {
        // From here on nobody else writes: the user cannot add to the cart while we are at it.
        const found = await loadCartAndUser(this.db, cartId);
        if (found === null) throw new CartNotFoundError(cartId);
        const { cart, user } = found;
        // Thrown or returned makes no difference here: nothing has been written yet.
        if (cart.status !== "open") throw new CartNotOpenError(cartId, cart.status);
        if (cart.total_cost === 0) throw new CartEmptyError(cartId);

        // The rows come first, the payment last: whatever fails later undoes them.
        await this.db.prepare("UPDATE cart SET status = 'purchased' WHERE cart_id = ?").bind(cartId).run();
        await this.#insertPurchase(cart);
        const newBalance = user.balance - cart.total_cost;
        // CHECK (balance >= 0) makes this throw when the user cannot afford the cart. It then ends here,
        // rolled back, before any money has moved.
        await this.db
          .prepare("UPDATE user SET balance = ? WHERE user_id = ?")
          .bind(newBalance, user.user_id)
          .run();

        // Readers go on during this wait and see the open cart; other writers queue. If the transaction
        // ends meanwhile (timeout, cancelled), its signal ends the wait too.
        const payment = await new PaymentAPI(this.env.PAYMENT_API).processPayment(
          {
            paymentMethodId: user.payment_method_id,
            amount: cart.total_cost,
            idempotencyKey: cart.payment_key,
          },
          txn.signal,
        );
        if (!payment.ok) {
          // Throwing the error would do the same two things.
          await txn.rollback();
          return { error: new PaymentFailedError(payment.details) };
        }

        await this.db
          .prepare("UPDATE purchase SET charge_id = ? WHERE cart_id = ?")
          .bind(payment.chargeId, cartId)
          .run();
        // The end of the block would commit as well. Said here because money has moved: from now on no
        // later line can undo the order.
        await txn.commit();
        return { amount_charged: cart.total_cost, remaining_balance: newBalance };
      },
      { timeoutMs: checkoutTimeoutMs },
    );
  }

  /** Puts `quantity` of a product into the user's open cart, and opens a cart if there is none. */
  async AddToCart(
    userId: number,
    productId: number,
    quantity: number,
  ): Promise<TransactionResult<{ cart_id: number; quantity: number }>> {
    const invalid = checkIds({ userId, productId }) ?? checkQuantity(quantity);
    if (invalid) return { error: invalid };

    return this.db.transaction(async () => {
      if ((await loadUser(this.db, userId)) === null) throw new UserNotFoundError(userId);
      const product = this.db.prepare("SELECT 1 FROM product WHERE product_id = ?").bind(productId);
      if ((await product.first()) === null) throw new ProductNotFoundError(productId);

      const cartId = (await this.#findOpenCart(userId)) ?? (await this.#openCart(userId));
      const inCart = await this.#quantityInCart(cartId, productId);
      if (inCart + quantity > maxQuantity) throw new CartLineFullError(productId, inCart, maxQuantity);
      await this.db
        .prepare(
          `INSERT INTO cart_item (cart_id, product_id, quantity) VALUES (?1, ?2, ?3)
           ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = excluded.quantity`,
        )
        .bind(cartId, productId, inCart + quantity)
        .run();
      return { cart_id: cartId, quantity: inCart + quantity };
    });
  }

  /** Reads a cart. It opens no transaction, so it never waits for one. */
  async GetCart(cartId: number): Promise<TransactionResult<Cart>> {
    const invalid = checkIds({ cartId });
    if (invalid) return { error: invalid };

    const cart = await loadCartLines(this.db, cartId);
    if (cart === null) return { error: new CartNotFoundError(cartId) };
    const total_cost = cart.items.reduce((sum, item) => sum + item.quantity * item.unit_price, 0);
    return { cart_id: cartId, ...cart, total_cost };
  }

  /** Writes the order of a cart with today's prices. */
  async #insertPurchase(cart: CartRow): Promise<void> {
    await this.db
      .prepare("INSERT INTO purchase (cart_id, user_id, amount) VALUES (?, ?, ?)")
      .bind(cart.cart_id, cart.user_id, cart.total_cost)
      .run();
    await this.db
      .prepare(
        `INSERT INTO purchase_item (purchase_id, product_id, quantity, unit_price)
         SELECT purchase_id, product_id, quantity, price
         FROM purchase JOIN cart_item USING (cart_id) JOIN product USING (product_id)
         WHERE cart_id = ?`,
      )
      .bind(cart.cart_id)
      .run();
  }

  #findOpenCart(userId: number): Promise<number | null> {
    return this.db
      .prepare("SELECT cart_id FROM cart WHERE user_id = ? AND status = 'open'")
      .bind(userId)
      .first<number>("cart_id");
  }

  async #openCart(userId: number): Promise<number> {
    const opened = await this.db
      .prepare("INSERT INTO cart (user_id) VALUES (?) RETURNING cart_id")
      .bind(userId)
      .first<number>("cart_id");
    return opened!; // an INSERT that inserts nothing throws
  }

  async #quantityInCart(cartId: number, productId: number): Promise<number> {
    const quantity = await this.db
      .prepare("SELECT quantity FROM cart_item WHERE cart_id = ? AND product_id = ?")
      .bind(cartId, productId)
      .first<number>("quantity");
    return quantity ?? 0;
  }
}
