import type { ProcedureDatabase, Transaction, TransactionOptions } from "../procedures.ts";

export type DriveOptions = Pick<TransactionOptions, "timeoutMs" | "signal">;

/**
 * A `db.transaction()` whose callback lasts until it is told to commit or to roll back. What goes through `txn`
 * belongs to it; nothing else does.
 */
export class DrivenTransaction {
  txn!: Transaction;
  /** Resolves when it has the write mutex. */
  readonly begun: Promise<void>;
  /** Resolves when nothing more will run in it: to the error that made it fail, if one did. */
  readonly over: Promise<unknown>;
  /** Resolves when it is committed, rejects when it is not. */
  readonly #ended: Promise<void>;
  readonly #callback = Promise.withResolvers<void>();

  constructor(database: ProcedureDatabase, options: DriveOptions) {
    const started = Promise.withResolvers<void>();
    const body = (txn: Transaction) => {
      this.txn = txn;
      // A failure of an enclosing transaction is no event of this one: nothing but the signal tells of it.
      txn.signal.addEventListener("abort", () => this.#callback.reject(txn.signal.reason), { once: true });
      started.resolve();
      return this.#callback.promise;
    };
    this.#ended = database.transaction(body, { ...options, onError: "throw" });
    this.begun = Promise.race([started.promise, this.#ended]);
    this.over = Promise.race([this.#callback.promise, this.#ended]).catch((error: unknown) => error);
  }

  /** @throws What made it fail, meanwhile or now; it is rolled back then. */
  async commit(): Promise<void> {
    this.#callback.resolve();
    await this.#ended;
  }

  /** Never throws: after a failure there is nothing left to undo, and the failure itself is what counts. */
  async rollback(): Promise<void> {
    this.#callback.reject(new Error("rolled back by Kysely"));
    await this.#ended.catch(() => {});
  }

  /** Sets, releases or goes back to a savepoint. */
  async control(verb: "SAVEPOINT" | "RELEASE" | "ROLLBACK TO", name: string): Promise<void> {
    await this.txn.prepare(`${verb} "${name.replaceAll('"', '""')}"`).run();
  }
}
