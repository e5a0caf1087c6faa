import type { ProcedureDatabase } from "../../../src/procedures.ts";
import { accounts, openingBalance, type Transfer } from "../transfer.ts";
import { during } from "./phases.ts";

const schema = [
  "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL)",
  // Nothing keeps a key from coming twice: that is for the checker to see.
  `CREATE TABLE posting (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, account INTEGER NOT NULL REFERENCES account (id), amount INTEGER NOT NULL
  )`,
  "CREATE INDEX posting_by_key ON posting (key)",
  `CREATE TRIGGER book AFTER INSERT ON posting BEGIN
    UPDATE account SET balance = balance + NEW.amount WHERE id = NEW.account;
  END`,
  "CREATE TABLE done (key TEXT PRIMARY KEY)",
  "CREATE TABLE noise (x INTEGER)",
  "CREATE TABLE imported (batch INTEGER NOT NULL, n INTEGER NOT NULL, text TEXT)",
  "CREATE TABLE import_log (id INTEGER PRIMARY KEY, batch INTEGER NOT NULL)",
  "CREATE TABLE ballast (id INTEGER PRIMARY KEY, text TEXT)",
];

/** A bank of double entries: each transfer is two postings that belong together. */
export class Bank {
  readonly #db: ProcedureDatabase;

  constructor(db: ProcedureDatabase) {
    this.#db = db;
  }

  /** @param ballastRows Of 500 characters: they make an export take more than one window. */
  async Open(ballastRows: number): Promise<void> {
    const series = (rows: number) =>
      `WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})`;
    const fill = [
      `INSERT INTO account ${series(accounts)} SELECT i, ${openingBalance} FROM n`,
      "INSERT INTO noise VALUES (0)",
      ...(ballastRows > 0
        ? [`INSERT INTO ballast ${series(ballastRows)} SELECT i, printf('%0500d', i) FROM n`]
        : []),
    ];
    await this.#db.batch([...schema, ...fill].map((sql) => this.#db.prepare(sql)));
  }

  async Transfer(transfer: Transfer): Promise<{ key: string }> {
    const { key, from, to, amount, how, waitMs } = transfer;
    const work = async () => {
      if (how === "once") {
        if (await this.#db.prepare("SELECT 1 FROM done WHERE key = ?").bind(key).first()) return;
        await this.#db.prepare("INSERT INTO done VALUES (?)").bind(key).run();
      }
      await this.#post(key, from, -amount);
      if (how === "waits") await during("detached", () => scheduler.wait(waitMs));
      if (how === "pinned") await this.#waitPinned(waitMs);
      if (how === "nested") await this.#failNested(key, to);
      await this.#post(key, to, amount);
      if (how === "refused") throw Object.assign(new Error("refused by the plan"), { code: "PLANNED" });
    };
    await this.#db.transaction(work, { onError: "throw" });
    return { key };
  }

  #post(key: string, account: number, amount: number): Promise<D1Result> {
    return this.#db
      .prepare("INSERT INTO posting (key, account, amount) VALUES (?, ?, ?)")
      .bind(key, account, amount)
      .run();
  }

  async #waitPinned(waitMs: number): Promise<void> {
    await this.#db.prepare("UPDATE noise SET x = random()").run();
    await this.#db.prepare("SELECT x FROM noise").all();
    await during("pinned", () => scheduler.wait(waitMs));
  }

  async #failNested(key: string, account: number): Promise<void> {
    await this.#db.transaction(async () => {
      await this.#post(`${key} nested`, account, 1_000_000);
      throw new Error("the nested block fails");
    });
  }
}
