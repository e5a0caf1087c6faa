import { BackupStore } from "../../backup/backup-store.ts";
import { instancePrefix } from "../../backup/start-backup.ts";
import { DatabaseDirectory } from "../databases/database-directory.ts";
import { requireBackups } from "../databases/required-bindings.ts";
import type { HttpEnv } from "../http-env.ts";
import { RestError } from "./rest-error.ts";

/**
 * The backups of a database, also of one that was deleted.
 *
 * @throws RestError 7404 for a database that neither exists nor has any.
 */
export async function backupsOf(env: HttpEnv, uuidOrName: string) {
  const store = new BackupStore(requireBackups(env));
  try {
    const { uuid } = await new DatabaseDirectory(env).find(uuidOrName);
    return { store, uuid, ids: await store.ids(uuid) };
  } catch (error) {
    const isUnknown = error instanceof RestError && error.status === 404;
    const ids = isUnknown ? await store.ids(uuidOrName) : [];
    if (ids.length === 0) throw error;
    return { store, uuid: uuidOrName, ids };
  }
}

/**
 * The instance of a Workflow that works for a database.
 *
 * @throws RestError 7404 for one that works for another, or for none.
 */
export async function instanceOf<Params>(
  workflow: Workflow<Params>,
  uuid: string,
  id: string,
): Promise<WorkflowInstance> {
  const unknown = () => new RestError(404, 7404, `There is no instance ${id} that works for this database.`);
  if (!id.startsWith(await instancePrefix(uuid))) throw unknown();
  return workflow.get(id).catch(() => {
    throw unknown();
  });
}
