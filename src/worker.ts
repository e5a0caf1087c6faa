/**
 * The deployable Worker: the database with the procedures of `procedures/`, the catalog of databases, the entrypoint
 * for other Workers, the HTTP API, and backups.
 */

import Procedures from "../procedures/index.ts";
import { backUpDatabases } from "./backup/back-up-databases.ts";
import type { BackupEnv } from "./backup/backup-env.ts";
import { defineBinding } from "./client/define-binding.ts";
import { defineDatabase } from "./database/define-database.ts";
import { createHttpApp, type HttpEnv } from "./http/http-app.ts";

/** The Durable Object. */
export class Database extends defineDatabase(Procedures) {}

export { BackupWorkflow } from "./backup/backup-workflow.ts";
export { RestoreWorkflow } from "./backup/restore-workflow.ts";
export { Catalog } from "./catalog/catalog.ts";

/** The entrypoint for other Workers: `[[services]] binding = "DB", service = "d1-procedures", entrypoint = "DB"`. */
export class DB extends defineBinding(Database) {}

const app = createHttpApp();

// Not the app itself: over a service binding every method of a default export can be called by name.
export default { fetch: app.fetch, scheduled: backUpDatabases } satisfies ExportedHandler<
  HttpEnv & BackupEnv
>;
