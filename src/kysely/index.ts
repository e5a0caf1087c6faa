/**
 * d1-procedures/kysely: a Kysely dialect for the database of a procedure, so that `kysely.transaction()` works.
 * Needs the package `kysely`.
 *
 * @example
 * const kysely = new Kysely<Schema>({ dialect: new ProcedureDialect({ database: this.db }) });
 * await kysely.transaction().execute(async (trx) => {
 *   await trx.updateTable("account").set({ balance: 0 }).where("id", "=", 7).execute();
 * });
 *
 * @module
 */

export { ProcedureDialect, type ProcedureDialectConfig } from "./procedure-dialect.ts";
