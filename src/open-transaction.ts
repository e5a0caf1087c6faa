/**
 * Which transaction's callback is running in the current asynchronous context.
 *
 * The Database object uses it to tell which statement belongs to which transaction. The client looks at it
 * before it calls: a callback that calls its own database through a binding waits for the mutex that it
 * holds itself, until its timeout. That works because both run in one isolate when the Worker and the object
 * belong to one script; AsyncLocalStorage does not cross RPC, so a detour over another Worker still ends in
 * the timeout.
 */

import { AsyncLocalStorage } from "node:async_hooks";

/**
 * What everybody may know about an open transaction. A context stores this, and nothing else may it store: it leads to no promise, nor to anything that may wait for one.
 *
 * workerd holds a stored value with a reference that its garbage collector cannot look through (AsyncContextFrame, whose
 * jsgVisitForGc() visits nothing), and a context itself is held by whatever is awaited in it. A value that leads to such a
 * promise is therefore never freed, unless the promise settles. None does when an object is reset: the whole engine of the object
 * would stay in memory for as long as the isolate.
 */
export class TransactionMark {
  /** The id of its Durable Object, as `ctx.id.toString()` gives it. */
  readonly databaseId: string;
  readonly #outer: TransactionMark | undefined;
  #closed = false;

  /** @param outer What this one is a part of, and closes with. */
  constructor(databaseId: string, outer?: TransactionMark) {
    this.databaseId = databaseId;
    this.#outer = outer;
  }

  /** True once the callback has settled: work that it left behind may call the database again. */
  get isClosed(): boolean {
    return this.#closed || (this.#outer?.isClosed ?? false);
  }

  close(): void {
    this.#closed = true;
  }
}

const storage = new AsyncLocalStorage<TransactionMark>();

/** Runs the callback of a transaction, marked as such. */
export function runInOpenTransaction<T>(mark: TransactionMark, body: () => T): T {
  return storage.run(mark, body);
}

/** The transaction in whose callback the calling code runs, or was started; it may have closed. */
export function currentTransaction(): TransactionMark | undefined {
  return storage.getStore();
}

/** The id of the database whose transaction callback is running here, or undefined outside of one. */
export function openTransactionDatabaseId(): string | undefined {
  const transaction = storage.getStore();
  return transaction === undefined || transaction.isClosed ? undefined : transaction.databaseId;
}
