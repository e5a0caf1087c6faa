import type { ProcedureDatabase } from "d1-procedures";
import { eq } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { BankError } from "./bank-error";
import * as schema from "./schema";

const { account, entry } = schema;

export default class Procedures {
  readonly #db: ProcedureDatabase;
  readonly #orm: DrizzleD1Database<typeof schema>;

  constructor(db: ProcedureDatabase) {
    this.#db = db;
    this.#orm = drizzle(db, { schema });
  }

  async Open(owner: string, deposit: number) {
    return this.#db.transaction(async () => {
      if (typeof owner !== "string" || owner === "") {
        throw new BankError("INVALID_OWNER", 422, "An account needs the name of its owner.");
      }
      checkAmount(deposit);
      const { id } = await this.#orm.insert(account).values({ owner, balance: 0 }).returning().get();
      await this.#book(id, deposit, "deposit");
      return { id };
    });
  }

  async Transfer(from: number, to: number, amount: number, text: string) {
    return this.#db.transaction(async () => {
      checkAmount(amount);
      await this.#book(to, amount, text);
      const balance = await this.#book(from, -amount, text); // may throw: then nothing of the above is kept
      return { balance };
    });
  }

  /** Makes those payments that can be made, as one transaction: others see all of them at once. */
  async PayAll(from: number, payments: { to: number; amount: number; text: string }[]) {
    return this.#db.transaction(async () => {
      const refused: { to: number; reason: string }[] = [];
      for (const { to, amount, text } of payments) {
        const { error } = await this.Transfer(from, to, amount, text); // nested: one that fails undoes itself alone
        if (error !== undefined) refused.push({ to, reason: error.message });
      }
      return { paid: payments.length - refused.length, refused };
    });
  }

  /** Changes a balance, with an entry that tells why. */
  async #book(id: number, amount: number, text: string): Promise<number> {
    const found = await this.#orm.query.account.findFirst({ where: eq(account.id, id) });
    if (found === undefined) throw new BankError("NO_SUCH_ACCOUNT", 404, `There is no account ${id}.`);
    const balance = found.balance + amount; // still true below: nobody else writes in between
    if (balance < 0) throw new BankError("NOT_ENOUGH_MONEY", 409, `${found.owner} has ${found.balance}.`);
    await this.#orm.update(account).set({ balance }).where(eq(account.id, id));
    await this.#orm.insert(entry).values({ accountId: id, amount, text });
    return balance;
  }
}

/** Arguments come from outside, and types do not look at them when the code runs. */
function checkAmount(amount: number): void {
  if (Number.isInteger(amount) && amount > 0) return;
  throw new BankError("INVALID_AMOUNT", 422, "The amount must be a whole number of cents, at least 1.");
}
