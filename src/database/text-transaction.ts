import { D1Error, DatabaseError } from "../errors.ts";
import type { CallScope } from "./call-scope.ts";
import type { TransactionControl } from "./transaction-control.ts";
import type { TransactionFrame } from "./transaction-frame.ts";

interface OpenTransaction {
  frame: TransactionFrame;
  /** Lets the callback return. */
  finish: () => void;
  result: Promise<unknown>;
}

/**
 * The transaction that BEGIN or SAVEPOINT, as SQL text, opens on the `db` of a procedure call. It is an
 * ordinary transaction whose callback lasts until COMMIT or ROLLBACK.
 */
export class TextTransaction {
  readonly #scope: CallScope;
  /** The open transaction; kept after a failure, so that no later statement runs outside by mistake. */
  #open: OpenTransaction | undefined;
  /** SAVEPOINT opened it, so that the RELEASE of its first savepoint commits it. */
  #bySavepoint = false;
  /** Resolves when the control statements under way have ended. */
  #changing: Promise<void> | undefined;

  constructor(scope: CallScope) {
    this.#scope = scope;
  }

  get frame(): TransactionFrame | undefined {
    return this.#open?.frame;
  }

  /** To be awaited before `frame` is read: what is issued after BEGIN belongs to it, also if BEGIN was not awaited. */
  get changing(): Promise<void> | undefined {
    return this.#changing;
  }

  /** Runs control statements in the order in which they were issued. */
  run(control: TransactionControl): Promise<void> {
    const running = (this.#changing ?? Promise.resolve()).then(() => this.#run(control));
    const done = () => {
      if (this.#changing === changing) this.#changing = undefined;
    };
    const changing: Promise<void> = running.then(done, done);
    this.#changing = changing;
    return running;
  }

  async #run(control: TransactionControl): Promise<void> {
    switch (control.verb) {
      case "begin":
        if (this.#open !== undefined) throw sqliteError("cannot start a transaction within a transaction");
        return this.#begin();
      case "commit":
        return this.#commit(this.#require("cannot commit - no transaction is active"));
      case "rollback":
        return this.#rollback(this.#require("cannot rollback - no transaction is active"));
      case "savepoint":
        if (this.#open === undefined) {
          await this.#begin();
          this.#bySavepoint = true;
        }
        return this.#open!.frame.savepoint(control.name);
      case "release": {
        const open = this.#require(`no such savepoint: ${control.name}`);
        const left = await open.frame.release(control.name);
        if (left === 0 && this.#bySavepoint) await this.#commit(open);
        return;
      }
      case "rollback-to":
        return this.#require(`no such savepoint: ${control.name}`).frame.rollbackTo(control.name);
    }
  }

  #require(message: string) {
    if (this.#open === undefined) throw sqliteError(message);
    return this.#open;
  }

  async #begin(): Promise<void> {
    this.#bySavepoint = false;
    await new Promise<void>((begun, failed) => {
      const result = this.#scope.transaction(
        (frame) =>
          new Promise<void>((finish) => {
            this.#open = { frame, finish, result };
            begun();
          }),
        {},
      );
      // Whoever waits for COMMIT hears of a failure; before BEGIN has answered, BEGIN does.
      result.catch(failed);
    });
  }

  async #commit(open: OpenTransaction): Promise<void> {
    // One that has failed stays until its ROLLBACK: libraries send that after a COMMIT that was refused, and must
    // not be told that there is nothing to roll back, which would hide why. Later statements fail meanwhile.
    if (open.frame.isClosed) await open.result;
    // A refused commit leaves the transaction open, as in SQLite: repair what is violated, or roll back.
    else await open.frame.commit();
    open.finish();
    await open.result;
    this.#open = undefined;
  }

  async #rollback(open: OpenTransaction): Promise<void> {
    this.#open = undefined;
    if (open.frame.isClosed) return;
    await open.frame.rollback();
    open.finish();
    await open.result;
  }
}

/** SAVEPOINT and its kin inside a `db.transaction()` callback; BEGIN, COMMIT and ROLLBACK belong to its handle. */
export async function controlInCallback(frame: TransactionFrame, control: TransactionControl): Promise<void> {
  switch (control.verb) {
    case "savepoint":
      return frame.savepoint(control.name);
    case "release":
      await frame.release(control.name);
      return;
    case "rollback-to":
      return frame.rollbackTo(control.name);
    case "begin":
    case "commit":
    case "rollback": {
      const instead = {
        begin: "a nested db.transaction()",
        commit: "txn.commit()",
        rollback: "txn.rollback()",
      };
      throw new DatabaseError(
        "TRANSACTION_MISUSE",
        `${control.verb.toUpperCase()} as SQL inside a db.transaction() callback: use ${instead[control.verb]} instead.`,
      );
    }
  }
}

function sqliteError(message: string): D1Error {
  return new D1Error("D1_ERROR", `${message}: SQLITE_ERROR`);
}
