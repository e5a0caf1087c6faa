/**
 * Which database has a transaction callback running in the current asynchronous context.
 *
 * A callback that calls its own database through a binding waits for the mutex that it holds itself, until its
 * timeout. The Database object marks its callbacks here, and the client looks before it calls. That works
 * because both run in one isolate when the Worker and the object belong to one script; AsyncLocalStorage does
 * not cross RPC, so a detour over another Worker still ends in the timeout.
 */

import { AsyncLocalStorage } from "node:async_hooks";

interface OpenTransaction {
  readonly databaseId: string;
  /** False once the callback has settled: work that it left behind may call the database again. */
  open: boolean;
}

const storage = new AsyncLocalStorage<OpenTransaction>();

/**
 * Runs the callback of a transaction, marked as such until it has settled.
 *
 * @param databaseId The id of the Durable Object, as `ctx.id.toString()` gives it.
 */
export function runInOpenTransaction<T>(databaseId: string, body: () => T): T {
  const transaction: OpenTransaction = { databaseId, open: true };
  const close = () => {
    transaction.open = false;
  };
  try {
    const result = storage.run(transaction, body);
    if (result instanceof Promise) result.then(close, close);
    else close();
    return result;
  } catch (error) {
    close();
    throw error;
  }
}

/** The id of the database whose transaction callback is running here, or undefined outside of one. */
export function openTransactionDatabaseId(): string | undefined {
  const transaction = storage.getStore();
  return transaction?.open ? transaction.databaseId : undefined;
}
