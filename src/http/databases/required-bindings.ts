import type { BackupParams } from "../../backup/backup.ts";
import { backupsLines, dumpsLines, restoreWorkflowLines, workflowLines } from "../../backup/backup-env.ts";
import type { RestoreParams } from "../../backup/restore.ts";
import type { CatalogRpc } from "../../catalog-protocol.ts";
import { catalogName } from "../../catalog-protocol.ts";
import { RestError } from "../d1-rest/rest-error.ts";
import type { HttpEnv } from "../http-env.ts";

/**
 * The catalog of databases.
 *
 * @throws RestError 501 that says what to add to wrangler.toml.
 */
export function requireCatalog({ CATALOG }: HttpEnv): CatalogRpc {
  if (CATALOG === undefined) throw missing("CATALOG", catalogLines);
  return CATALOG.get(CATALOG.idFromName(catalogName)) as unknown as CatalogRpc;
}

/**
 * The bucket of SQL files.
 *
 * @throws RestError 501 that says what to add to wrangler.toml.
 */
export function requireDumps({ DUMPS }: HttpEnv): R2Bucket {
  if (DUMPS === undefined) throw missing("DUMPS", dumpsLines);
  return DUMPS;
}

/**
 * The bucket of backups.
 *
 * @throws RestError 501 that says what to add to wrangler.toml.
 */
export function requireBackups({ BACKUPS }: HttpEnv): R2Bucket {
  if (BACKUPS === undefined) throw missing("BACKUPS", backupsLines);
  return BACKUPS;
}

/**
 * The Workflow that backs databases up.
 *
 * @throws RestError 501 that says what to add to wrangler.toml.
 */
export function requireBackupWorkflow({ BACKUP_WORKFLOW }: HttpEnv): Workflow<BackupParams> {
  if (BACKUP_WORKFLOW === undefined) throw missing("BACKUP_WORKFLOW", workflowLines);
  return BACKUP_WORKFLOW;
}

/**
 * The Workflow that restores backups.
 *
 * @throws RestError 501 that says what to add to wrangler.toml.
 */
export function requireRestoreWorkflow({ RESTORE_WORKFLOW }: HttpEnv): Workflow<RestoreParams> {
  if (RESTORE_WORKFLOW === undefined) throw missing("RESTORE_WORKFLOW", restoreWorkflowLines);
  return RESTORE_WORKFLOW;
}

const catalogLines = `[[durable_objects.bindings]]
name = "CATALOG"
class_name = "Catalog"

[[migrations]]
tag = "add-catalog"
new_sqlite_classes = ["Catalog"]

and to the Worker:

export { Catalog } from "d1-procedures";`;

function missing(name: string, lines: string): RestError {
  return new RestError(
    501,
    7500,
    `This needs the binding ${name}, which the Worker does not have. Add to wrangler.toml:\n\n${lines}`,
  );
}
