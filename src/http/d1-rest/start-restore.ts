import type { Backup } from "../../backup/backup.ts";
import { requestedInstanceId } from "../../backup/start-backup.ts";
import type { KnownDatabase } from "../databases/database-directory.ts";
import {
  requireBackups,
  requireCatalog,
  requireDumps,
  requireRestoreWorkflow,
} from "../databases/required-bindings.ts";
import type { HttpEnv } from "../http-env.ts";
import { RestError } from "./rest-error.ts";

/**
 * Looks, before anything is done, whether a restore has what it needs.
 *
 * @throws RestError 501 that says what to add to wrangler.toml.
 */
export function checkRestoreBindings(env: HttpEnv): void {
  for (const require of [requireRestoreWorkflow, requireBackups, requireDumps, requireCatalog]) require(env);
}

/**
 * Starts a Workflow instance that restores a backup.
 *
 * @param created The database was created for it: it is deleted when the restore fails, also to start.
 * @throws RestError 501 where it cannot be.
 */
export async function startRestore(
  env: HttpEnv,
  { database_uuid, id }: Backup,
  into: KnownDatabase,
  { created = false } = {},
): Promise<WorkflowInstance> {
  const { uuid, name, place } = into;
  if (place === undefined) {
    throw new RestError(
      501,
      7500,
      "A restore fills a new object, and the binding DB leads to one only. Bind the Durable Object namespace itself: " +
        "[[durable_objects.bindings]] in wrangler.toml.",
    );
  }
  await requireCatalog(env).sweepLater();
  return requireRestoreWorkflow(env).create({
    id: await requestedInstanceId(database_uuid),
    params: {
      backup: { databaseId: database_uuid, id },
      into: { databaseId: uuid, name, created, isConfigured: into.isConfigured, ...place },
    },
  });
}
