import type { ProcedureDatabase } from "../../src/procedures.ts";

/** What the class of the object adds to the environment. */
export interface SoakEnv {
  /** `ctx.abort()` of the object: it ends at once, as when the machine fails. */
  abortObject(): void;
  /** A call to another object, as a wait for something outside that is no timer. */
  askAnother(): Promise<unknown>;
}

/** A transfer between two accounts, which its client counts in the same transaction. */
export interface Transfer {
  client: number;
  from: number;
  to: number;
  amount: number;
  /** Milliseconds that it waits for something outside, between its writes. */
  waitMs?: number;
  timeoutMs?: number;
  /** It throws at its end. */
  fails?: boolean;
}

export const accounts = 1_000;
const balance = 1_000;
export const total = accounts * balance;
/** Notes that are kept: the database does not grow. */
const keptNotes = 500;

export class SoakProcedures {
  readonly #db: ProcedureDatabase;
  readonly #env: SoakEnv;

  constructor(db: ProcedureDatabase, env: SoakEnv) {
    this.#db = db;
    this.#env = env;
  }

  async SetUp(clients: number) {
    await this.#db.exec(`CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);
CREATE TABLE client (id INTEGER PRIMARY KEY, transfers INTEGER NOT NULL DEFAULT 0);
CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT, at TEXT DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE imported (n INTEGER)`);
    const numbers = "SELECT value FROM json_each(?)";
    const upTo = (count: number) => JSON.stringify(Array.from({ length: count }, (_, n) => n));
    await this.#db
      .prepare(`INSERT INTO account SELECT value, ${balance} FROM (${numbers})`)
      .bind(upTo(accounts))
      .run();
    await this.#db.prepare(`INSERT INTO client (id) ${numbers}`).bind(upTo(clients)).run();
  }

  async Transfer({ client, from, to, amount, waitMs = 0, timeoutMs, fails = false }: Transfer) {
    return this.#db.transaction(
      async () => {
        const balanceOf = this.#db.prepare("SELECT balance FROM account WHERE id = ?");
        const [payer, payee] = [
          await balanceOf.bind(from).first<number>("balance"),
          await balanceOf.bind(to).first("balance"),
        ];
        const add = this.#db.prepare("UPDATE account SET balance = balance + ? WHERE id = ?");
        await add.bind(-amount, from).run();
        if (waitMs > 0) await scheduler.wait(waitMs);
        await add.bind(amount, to).run();
        await this.#db.prepare("UPDATE client SET transfers = transfers + 1 WHERE id = ?").bind(client).run();
        if (fails) throw new Error("fails as planned");
        return { payer, payee };
      },
      timeoutMs === undefined ? {} : { timeoutMs },
    );
  }

  /**
   * Reads what random() has made, so that it is pinned: readers wait while it asks another object. It waits for no timer, because one of
   * another call that is overdue would keep its own from firing.
   */
  async Pinned() {
    return this.#db.transaction(async () => {
      await this.#db.exec("INSERT INTO note (body) SELECT hex(randomblob(8)) FROM (VALUES (1), (2))");
      const body = await this.#db
        .prepare("SELECT body FROM note ORDER BY id DESC LIMIT 1")
        .first<string>("body");
      await this.#env.askAnother();
      return { body };
    });
  }

  /** A nested block that fails takes its own note back. */
  async Nested(body: string) {
    return this.#db.transaction(async () => {
      const write = () => this.#db.prepare("INSERT INTO note (body) VALUES (?)").bind(body).run();
      await write();
      await this.#db.transaction(async () => {
        await write();
        throw new Error("fails as planned");
      });
      const trim = this.#db.prepare("DELETE FROM note WHERE id <= (SELECT max(id) FROM note) - ?");
      return { trimmed: (await trim.bind(keptNotes).run()).meta.changes };
    });
  }

  /** A result of some megabytes that no table holds. */
  async Large(megabytes: number) {
    return Array.from({ length: megabytes }, (_, n) => String(n % 10).repeat(1_000_000));
  }

  async Totals() {
    const sums = "SELECT (SELECT sum(balance) FROM account) AS total, (SELECT count(*) FROM note) AS notes";
    return this.#db.prepare(sums).first<{ total: number; notes: number }>();
  }

  /** How many transfers each client has stored. */
  async Transfers() {
    return (await this.#db.prepare("SELECT transfers FROM client ORDER BY id").raw<[number]>()).flat();
  }

  async Check() {
    return (await this.#db.prepare("PRAGMA quick_check").raw<[string]>()).flat();
  }

  async Crash() {
    this.#env.abortObject();
  }
}
