import { DurableObject } from "cloudflare:workers";
import { defineDatabase } from "../src/database/define-database.ts";
import { StatementCompiler } from "../src/database/statement-compiler.ts";
import type { ProcedureDatabase } from "../src/procedures.ts";
import { addToBalance, fill, readBalance, schema, type Transfer, total, writeBalance } from "./bank.ts";

class BankProcedures {
  readonly #db: ProcedureDatabase;

  constructor(db: ProcedureDatabase) {
    this.#db = db;
  }

  async SetUp() {
    await this.#db.exec(`DROP TABLE IF EXISTS account; ${schema}; ${fill}`);
  }

  async Total() {
    return this.#db.prepare(total).first<number>("total");
  }

  async Transfer({ from, to, amount }: Transfer) {
    return this.#db.transaction(async () => {
      const source = await this.#db.prepare(readBalance).bind(from).first<number>("balance");
      const target = await this.#db.prepare(readBalance).bind(to).first<number>("balance");
      await this.#db
        .prepare(writeBalance)
        .bind(source! - amount, from)
        .run();
      await this.#db
        .prepare(writeBalance)
        .bind(target! + amount, to)
        .run();
      return { balance: source! - amount };
    });
  }

  /** A transaction with this many writes that waits once in the middle. */
  async ManyWrites(writes: number, waitMs: number | undefined) {
    return this.#db.transaction(async () => {
      for (let i = 0; i < writes; i++) {
        if (i === writes / 2 && waitMs !== undefined) await scheduler.wait(waitMs);
        await this.#db
          .prepare("UPDATE account SET balance = balance + 1 WHERE id = ?")
          .bind(1 + i)
          .run();
      }
      return { writes };
    });
  }

  /** Holds the mutex with uncommitted rows for so long. */
  async Hold(ms: number) {
    return this.#db.transaction(async () => {
      await this.#db.prepare("UPDATE account SET balance = balance + 1 WHERE id = 1").run();
      await scheduler.wait(ms);
      return { held: ms };
    });
  }
}

/** This project. */
export class OursDatabase extends defineDatabase(BankProcedures) {
  ping(): number {
    return 1;
  }

  /** Microseconds of a look-up in the cache of compiled statements. */
  compilerHitUs(rounds: number): number {
    const compiler = new StatementCompiler(this.ctx.storage.sql);
    compiler.compile(readBalance, [1]);
    const started = performance.now();
    for (let i = 0; i < rounds; i++) compiler.compile(readBalance, [1]);
    return ((performance.now() - started) * 1000) / rounds;
  }
}

/** What one would write without this project. */
export class PlainDatabase extends DurableObject {
  ping(): number {
    return 1;
  }

  setUp(): void {
    this.ctx.storage.sql.exec("DROP TABLE IF EXISTS account");
    this.ctx.storage.sql.exec(schema);
    this.ctx.storage.sql.exec(fill);
  }

  total(): number {
    return this.ctx.storage.sql.exec<{ total: number }>(total).one().total;
  }

  read(id: number): number {
    return this.ctx.storage.sql.exec<{ balance: number }>(readBalance, id).one().balance;
  }

  write(id: number): number {
    return this.ctx.storage.sql.exec(addToBalance, id).rowsWritten;
  }

  async transfer({ from, to, amount }: Transfer) {
    const { sql } = this.ctx.storage;
    return this.ctx.storage.transaction(async () => {
      const source = sql.exec<{ balance: number }>(readBalance, from).one().balance;
      const target = sql.exec<{ balance: number }>(readBalance, to).one().balance;
      sql.exec(writeBalance, source - amount, from);
      sql.exec(writeBalance, target + amount, to);
      return { balance: source - amount };
    });
  }

  async hold(ms: number) {
    return this.ctx.storage.transaction(async () => {
      this.ctx.storage.sql.exec("UPDATE account SET balance = balance + 1 WHERE id = 1");
      await scheduler.wait(ms);
      return { held: ms };
    });
  }
}
