import { keepGenerationMs } from "../limits.ts";
import { takenAtMsOf } from "./backup-files.ts";
import type { BackupStore } from "./backup-store.ts";
import { expiredBackups, type Retention } from "./retention.ts";

/**
 * Deletes the backups of a database that the policy keeps no longer, and the files that never became one. What undoes a restore does not
 * count for the policy: it is kept for as long as the object is that the database had then.
 *
 * @param nowMs Milliseconds since 1970.
 */
export async function pruneBackups(
  store: BackupStore,
  uuid: string,
  retention: Retention,
  nowMs: number,
): Promise<{ deleted: string[]; swept: number }> {
  const entries = await store.entries(uuid);
  const idsOf = (safety: boolean) =>
    entries.filter(({ isSafety }) => isSafety === safety).map(({ id }) => id);
  const deleted = [
    ...expiredBackups(idsOf(false), retention),
    ...idsOf(true).filter((id) => takenAtMsOf(id) + keepGenerationMs <= nowMs),
  ];
  await store.delete(uuid, deleted);
  return { deleted, swept: await store.sweep(uuid, nowMs) };
}
