/**
 * d1-procedures: a D1-compatible SQLite database in one Durable Object, which runs your TypeScript
 * transactions beside the data.
 *
 * - Inside the database: {@link defineDatabase} makes the Durable Object class from your procedures.
 * - In the Worker that owns it: {@link connect} or {@link withDatabase}.
 * - For D1's REST API over HTTP: {@link createHttpApp}, and {@link Catalog} to have several databases.
 * - For backups in R2, every hour, and to restore them: {@link BackupWorkflow}, {@link backUpDatabases}, {@link RestoreWorkflow}.
 * - For other Workers: {@link defineBinding} makes the entrypoint of a plain service binding.
 *
 * @example
 * export class Database extends defineDatabase(Procedures) {}
 * export class DB extends defineBinding(Database) {}
 * export default withDatabase<typeof Procedures, Env>({
 *   async fetch(request, env) {
 *     return Response.json(await env.DB.Procedures.Checkout(7));
 *   },
 * });
 *
 * @module
 */

export { backUpDatabases } from "./backup/back-up-databases.ts";
export type { Backup, BackupParams } from "./backup/backup.ts";
export type { BackupEnv, RestoreEnv } from "./backup/backup-env.ts";
export { type BackupResult, BackupWorkflow } from "./backup/backup-workflow.ts";
export type { RestoreParams, RestoreReport } from "./backup/restore.ts";
export { RestoreWorkflow } from "./backup/restore-workflow.ts";
export { Catalog } from "./catalog/catalog.ts";
export type { DatabaseBinding } from "./client/binding-kind.ts";
export type { DatabaseClient, DatabaseClientSession, ProceduresOfBinding } from "./client/client-types.ts";
export { type ConnectOptions, connect } from "./client/connect.ts";
export {
  type BindingOptions,
  type DatabaseEntrypoint,
  type DatabaseEntrypointClass,
  defineBinding,
} from "./client/define-binding.ts";
export { type WithDatabase, type WithDatabaseOptions, withDatabase } from "./client/with-database.ts";
export { defineDatabase } from "./database/define-database.ts";
export { D1Error, DatabaseError, type DatabaseErrorCode } from "./errors.ts";
export { createHttpApp, type HttpEnv } from "./http/http-app.ts";
export * as limits from "./limits.ts";
export type {
  ProcedureContext,
  ProcedureDatabase,
  ProcedureMethods,
  ProcedureStatement,
  ProceduresClass,
  ProceduresDefinition,
  ProceduresOf,
  StatementSource,
  Transaction,
  TransactionOptions,
  TransactionResult,
} from "./procedures.ts";
export type { DatabaseRpc } from "./protocol.ts";
