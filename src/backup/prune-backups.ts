import { keepGenerationMs } from "../limits.ts";
import { takenAtMsOf } from "./backup-files.ts";
import { type BackupStore, onlyIfDamaged } from "./backup-store.ts";
import { expiredBackups, type Retention } from "./retention.ts";

/**
 * Deletes the backups of a database that the policy keeps no longer, and the files that never became one. What undoes a restore is
 * kept for as long as the objects of that time are, whatever the policy says.
 *
 * @param nowMs Milliseconds since 1970.
 */
export async function pruneBackups(
  store: BackupStore,
  uuid: string,
  retention: Retention,
  nowMs: number,
): Promise<{ deleted: string[]; swept: number }> {
  const deleted: string[] = [];
  for (const id of expiredBackups(await store.ids(uuid), retention)) {
    const isRecent = takenAtMsOf(id) + keepGenerationMs > nowMs;
    if (!(isRecent && (await undoesRestore(store, uuid, id)))) deleted.push(id);
  }
  await store.delete(uuid, deleted);
  return { deleted, swept: await store.sweep(uuid, nowMs) };
}

async function undoesRestore(store: BackupStore, uuid: string, id: string): Promise<boolean> {
  return (await store.find(uuid, id).catch(onlyIfDamaged))?.reason === "before-restore";
}
