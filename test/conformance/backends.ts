import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { connect } from "../../src/client/connect.ts";
import type { ProcedureDatabase } from "../../src/procedures.ts";
import { TestDatabase } from "../support/in-database.ts";
import type { BackendName, CaseBody } from "./conformance-case.ts";

/** Runs a case on an empty database of its own. Rejects when the case fails. */
export type Backend = (body: CaseBody) => Promise<void>;

const newDatabase = (): D1Database => connect(env.CONFORMANCE_OBJECT, { name: crypto.randomUUID() });

/** Calls it as a procedure is called: beside the data, with the `db` of one call. */
function inProcedure(body: (db: ProcedureDatabase) => Promise<void>): Promise<void> {
  // One object for all: each new one makes the pool slower (see database-worker.ts).
  return runInDurableObject(env.DB.getByName("conformance"), async (_object, state) => {
    await state.storage.deleteAll();
    await body(new TestDatabase(state).db());
  });
}

export const backends: Readonly<Record<BackendName, Backend>> = {
  async D1(body) {
    // D1's databases are Durable Objects too. One that has been reset (by a violated deferred key) is not alive,
    // and reset() deletes only what is: wake it up.
    await env.REFERENCE.prepare("SELECT 1").run();
    await reset();
    await body(env.REFERENCE, { other: env.OTHER_REFERENCE });
  },

  "Durable Object binding": (body) => body(newDatabase(), { other: newDatabase() }),

  async "service binding"(body) {
    // The entrypoint leads to one database, so that one has to be new for each case.
    await reset();
    await body(connect(env.CONFORMANCE_SERVICE), { other: newDatabase() });
  },

  procedure: (body) => inProcedure((db) => body(db, { other: newDatabase() })),

  transaction: (body) =>
    inProcedure((db) => db.transaction((txn) => body(txn, { other: newDatabase() }), { onError: "throw" })),
};
