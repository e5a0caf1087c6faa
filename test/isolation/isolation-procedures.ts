import type { ProcedureDatabase } from "../../src/procedures.ts";
import { type Gate, play, RolledBack, setUp } from "./scenario.ts";
import { scenarioOf } from "./scenarios.ts";

/** What makes a transaction of a body. `"none"`: nothing; each statement commits by itself. */
export type Bracket = "db.transaction()" | "BEGIN" | "none";

/** Plays transactions of the scenarios beside the data. */
export class IsolationProcedures {
  readonly #db: ProcedureDatabase;

  constructor(db: ProcedureDatabase) {
    this.#db = db;
  }

  async SetUp() {
    await this.#db.batch(setUp.map((sql) => this.#db.prepare(sql)));
  }

  /**
   * Plays one transaction of a scenario.
   *
   * @param gate A function of the caller's: to call it is to wait for something outside the database.
   * @returns What the transaction has observed.
   */
  async Play(anomaly: string, transaction: string, bracket: Bracket, gate: Gate): Promise<string[]> {
    const body = scenarioOf(anomaly).transactions[transaction]!;
    const log: string[] = [];
    const run = () => play(body, this.#db, () => gate(), log);
    try {
      if (bracket === "db.transaction()") await this.#db.transaction(run, { onError: "throw" });
      else if (bracket === "BEGIN") await this.#inText(run);
      else await run();
    } catch (error) {
      if (!(error instanceof RolledBack)) throw error;
    }
    return log;
  }

  async #inText(run: () => Promise<void>): Promise<void> {
    await this.#db.prepare("BEGIN").run();
    try {
      await run();
    } catch (error) {
      await this.#db.prepare("ROLLBACK").run();
      throw error;
    }
    await this.#db.prepare("COMMIT").run();
  }

  /** Sets both rows to a value, and waits in between. */
  async SetBoth(value: number, gate: Gate) {
    await this.#db.transaction(
      async () => {
        await this.#db.prepare("UPDATE test SET value = ? WHERE id = 1").bind(value).run();
        await gate();
        await this.#db.prepare("UPDATE test SET value = ? WHERE id = 2").bind(value).run();
        await gate();
      },
      { onError: "throw" },
    );
  }
}
