/** A bank in several databases, for kill.test.ts: every transfer is two rows that belong together. */

import { connect } from "../../../src/client/connect.ts";
import { defineDatabase } from "../../../src/database/define-database.ts";
import type { ProcedureDatabase } from "../../../src/procedures.ts";

/** The transactions that stand in the middle. Worker and objects share one isolate here. */
const inTheMiddle = new Set<string>();

class Bank {
  readonly #db: ProcedureDatabase;

  constructor(db: ProcedureDatabase) {
    this.#db = db;
  }

  async Open() {
    await this.#db.exec("CREATE TABLE IF NOT EXISTS entry (transfer INTEGER, amount INTEGER)");
  }

  async Entries() {
    return this.#db.prepare("SELECT transfer, amount FROM entry ORDER BY rowid").raw<[number, number]>();
  }

  #enter(transfer: number, amount: number) {
    return this.#db.prepare("INSERT INTO entry VALUES (?, ?)").bind(transfer, amount).run();
  }

  /** Every third one waits for something outside between its two rows. */
  async Transfer(transfer: number) {
    return this.#db.transaction(async () => {
      await this.#enter(transfer, -1);
      if (transfer % 3 === 0) await scheduler.wait(1);
      await this.#enter(transfer, 1);
      return { transfer };
    });
  }

  /** A write that nobody shares a turn with, when it is the only caller. */
  async WriteAlone(transfer: number) {
    await this.#db.prepare("INSERT INTO entry VALUES (?1, -1), (?1, 1)").bind(transfer).run();
  }

  async StopDetached(transfer: number) {
    await this.#db.transaction(async () => {
      await this.#enter(transfer, -1);
      await scheduler.wait(1);
      await this.#enter(transfer, 1);
      await scheduler.wait(1);
      inTheMiddle.add("detached");
      await scheduler.wait(60_000);
    });
  }

  /** What it reads was made by random(): pinned, it waits with its physical transaction open. */
  async StopAttached(transfer: number) {
    await this.#db.transaction(async () => {
      await this.#enter(transfer, -1);
      await this.#db.prepare("UPDATE entry SET amount = amount + abs(random() % 2)").run();
      await this.Entries();
      await this.#enter(transfer, 1);
      inTheMiddle.add("attached");
      await scheduler.wait(60_000);
    });
  }
}

export class Database extends defineDatabase(Bank) {}

export default {
  async fetch(request: Request, env: { DB: DurableObjectNamespace<Database> }): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/health") return new Response("ok");
    if (pathname === "/in-the-middle") return Response.json([...inTheMiddle].sort());
    const [, database, method, transfer] = pathname.split("/");
    const { Procedures } = connect(env.DB, { name: database! });
    const procedure = Procedures[method as keyof typeof Procedures] as (transfer: number) => Promise<unknown>;
    return Response.json((await procedure(Number(transfer))) ?? null);
  },
};
