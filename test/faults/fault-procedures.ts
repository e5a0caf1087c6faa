import type { ProcedureDatabase } from "../../src/procedures.ts";
import { gateOf } from "../support/gate.ts";

/** What the class of the object adds to the environment. */
export interface FaultEnv {
  /** `ctx.abort()` of the object: it ends at once, as when the machine fails. */
  abortObject(): void;
}

export class FaultProcedures {
  readonly #db: ProcedureDatabase;
  readonly #env: FaultEnv;

  constructor(db: ProcedureDatabase, env: FaultEnv) {
    this.#db = db;
    this.#env = env;
  }

  async SetUp() {
    await this.#db.exec("CREATE TABLE item (name TEXT, filler BLOB)");
  }

  async Names() {
    return (await this.#db.prepare("SELECT name FROM item ORDER BY rowid").raw<[string]>()).flat();
  }

  #insert(name: string, bytes = 0) {
    return this.#db.prepare("INSERT INTO item VALUES (?, zeroblob(?))").bind(name, bytes).run();
  }

  async Insert(name: string, bytes = 0) {
    await this.#insert(name, bytes);
  }

  /** One row, then, when the gate of that name is opened, another one. */
  async InsertAtGate(name: string) {
    return this.#db.transaction(async () => {
      await this.#insert(`${name} 1`);
      await gateOf(name).pass();
      await this.#insert(`${name} 2`);
      return { name };
    });
  }

  async OpenGate(name: string) {
    gateOf(name).open();
  }

  /** Answers when InsertAtGate() has come to its gate. */
  async IsAtGate(name: string) {
    await gateOf(name).reached();
  }

  /** Answers when InsertTwo() has been called with that name, which has to be a new one. */
  async IsCalled(name: string) {
    await gateOf(name).pass();
  }

  /** A small row, then one of so many bytes; between them it may wait for something outside. */
  async InsertTwo(name: string, bytes: number, wait: boolean) {
    gateOf(name).open();
    return this.#db.transaction(async () => {
      await this.#insert(`${name} 1`);
      if (wait) await scheduler.wait(5);
      await this.#insert(`${name} 2`, bytes);
      return { name };
    });
  }

  /** A small row, then several of so many bytes in one statement, which SQLite can undo alone. */
  async InsertMany(name: string, bytes: number, wait: boolean) {
    return this.#db.transaction(async () => {
      await this.#insert(`${name} 1`);
      if (wait) await scheduler.wait(5);
      const rows = "INSERT INTO item SELECT ? || value, zeroblob(?) FROM json_each('[2,3,4]')";
      await this.#db.prepare(rows).bind(`${name} `, bytes).run();
      return { name };
    });
  }

  /** Takes the failure of its large row for none of its business, and returns. */
  async InsertRegardless(name: string, bytes: number) {
    return this.#db.transaction(async () => {
      await this.#insert(`${name} 1`);
      await this.#insert(`${name} 2`, bytes).catch(() => {});
      await this.#insert(`${name} 3`).catch(() => {});
      return { name };
    });
  }

  /** Commits a row, and then gives more, or less, than a message carries. */
  async InsertAndGive(name: string, megabytes: number) {
    await this.#insert(name);
    return Array.from({ length: megabytes }, (_, n) => String(n % 10).repeat(1_000_000));
  }

  /** Ends the object in the middle of a transaction that has written. */
  async Abort(name: string) {
    return this.#db.transaction(async () => {
      await this.#insert(`${name} 1`);
      this.#env.abortObject();
      await this.#insert(`${name} 2`);
      return { name };
    });
  }

  /** Ends the object, in no transaction. */
  async AbortNow() {
    this.#env.abortObject();
  }
}
