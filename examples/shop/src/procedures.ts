import type { ProcedureDatabase } from "d1-procedures";
import { charge } from "./payments";
import { ShopError } from "./shop-error";

export default class Procedures {
  constructor(
    private db: ProcedureDatabase,
    private env: { PAYMENTS: Fetcher },
  ) {}

  /** Puts goods on the shelf. */
  async Deliver(sku: string, price: number, quantity: number) {
    const deliver = this.db.prepare(
      `INSERT INTO product (sku, price, stock) VALUES (?1, ?2, ?3)
       ON CONFLICT DO UPDATE SET price = ?2, stock = stock + ?3 RETURNING stock`,
    );
    return { stock: await deliver.bind(sku, price, quantity).first<number>("stock") };
  }

  /** Opens a cart for a card, with a quantity of each product. */
  async OpenCart(card: string, items: Record<string, number>) {
    return this.db.transaction(async () => {
      const open = this.db.prepare("INSERT INTO cart (card, payment_key) VALUES (?, ?) RETURNING id AS cart");
      const cart = await open.bind(card, crypto.randomUUID()).first<number>("cart");
      const add = this.db.prepare(
        `INSERT INTO cart_item (cart_id, sku, quantity, price)
         SELECT ?, sku, ?, price FROM product WHERE sku = ?`,
      );
      for (const [sku, quantity] of Object.entries(items)) {
        const { meta } = await add.bind(cart, quantity, sku).run();
        if (meta.changes === 0) throw new ShopError("NO_SUCH_PRODUCT", 404, `There is no ${sku}.`);
      }
      return { cart };
    });
  }

  /**
   * Buys a cart: the goods leave the shelf and the card is charged, or neither. Calling it again is safe: it answers as the
   * first time, and a charge whose answer got lost is found again by its key.
   */
  async Checkout(cartId: number) {
    return this.db.transaction(
      async (txn) => {
        const purchase = await this.#purchase(cartId);
        if (purchase !== null) return purchase;

        // The rows first, the payment last: what is refused here is refused before money moves. Nobody else writes
        // between the question and the update.
        const { card, key, amount } = await this.#cart(cartId);
        const short = await this.#firstThatIsShort(cartId);
        if (short !== null) {
          throw new ShopError("OUT_OF_STOCK", 409, `Not enough of ${short.sku}: ${short.stock} left.`);
        }
        await this.#takeFromShelf(cartId);

        // Meanwhile others read, and see the goods on the shelf. Who writes waits, hence the short timeout.
        const charged = await charge(this.env.PAYMENTS, { card, amount, key }, txn.signal);
        if ("declined" in charged) {
          await txn.rollback(); // the goods are back, and what follows is kept
          await this.#noteDeclined(cartId, charged.declined);
          return { error: new ShopError("PAYMENT_DECLINED", 402, charged.declined) };
        }
        return this.#notePurchase(cartId, amount, charged.id);
      },
      { timeoutMs: 5_000 },
    );
  }

  #purchase(cartId: number) {
    const purchase = this.db.prepare("SELECT cart_id, amount, charge_id FROM purchase WHERE cart_id = ?");
    return purchase.bind(cartId).first<Purchase>();
  }

  async #cart(cartId: number) {
    const select = this.db.prepare(
      `SELECT card, payment_key AS key, sum(quantity * price) AS amount
       FROM cart JOIN cart_item ON cart_id = cart.id WHERE cart.id = ? GROUP BY cart.id`,
    );
    const cart = await select.bind(cartId).first<{ card: string; key: string; amount: number }>();
    if (cart === null) throw new ShopError("NOTHING_TO_BUY", 404, `There is nothing in cart ${cartId}.`);
    return cart;
  }

  #firstThatIsShort(cartId: number) {
    const short = this.db.prepare(
      "SELECT sku, stock FROM cart_item JOIN product USING (sku) WHERE cart_id = ? AND quantity > stock",
    );
    return short.bind(cartId).first<{ sku: string; stock: number }>();
  }

  #takeFromShelf(cartId: number) {
    const take = this.db.prepare(
      `UPDATE product SET stock = stock - quantity FROM cart_item
       WHERE cart_item.sku = product.sku AND cart_id = ?`,
    );
    return take.bind(cartId).run();
  }

  async #notePurchase(cartId: number, amount: number, chargeId: string) {
    const note = this.db.prepare(
      "INSERT INTO purchase (cart_id, amount, charge_id) VALUES (?, ?, ?) RETURNING *",
    );
    return (await note.bind(cartId, amount, chargeId).first<Purchase>())!;
  }

  #noteDeclined(cartId: number, reason: string) {
    const note = this.db.prepare("INSERT INTO declined_payment (cart_id, reason) VALUES (?, ?)");
    return note.bind(cartId, reason).run();
  }
}

interface Purchase {
  cart_id: number;
  amount: number;
  charge_id: string;
}
