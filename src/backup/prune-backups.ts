import { keepGenerationMs, keepRequestedMs } from "../limits.ts";
import { takenAtMsOf } from "./backup-files.ts";
import type { BackupEntry, BackupStore } from "./backup-store.ts";
import { expiredBackups, type Retention } from "./retention.ts";

/**
 * Deletes the backups of a database that the policy keeps no longer, and the files that never became one. What undoes a restore does not
 * count for the policy: it is kept for as long as the object is that the database had then. And what somebody has asked for is kept for
 * a day, however many there are of an hour. Nor does a backup count that comes from the future, by a clock that was wrong: it would be
 * the newest one for as long, and the policy delete those that are made meanwhile.
 *
 * @param nowMs Milliseconds since 1970.
 */
export async function pruneBackups(
  store: BackupStore,
  uuid: string,
  retention: Retention,
  nowMs: number,
): Promise<{ deleted: string[]; swept: number }> {
  const isOlderThan = (ms: number, { id }: BackupEntry) => takenAtMsOf(id) + ms <= nowMs;
  const entries = await store.entries(uuid);
  const isFromTheFuture = ({ id }: BackupEntry) => takenAtMsOf(id) > nowMs;
  const ofThePolicy = entries.filter((entry) => entry.reason !== "before-restore" && !isFromTheFuture(entry));
  const expired = new Set(
    expiredBackups(
      ofThePolicy.map(({ id }) => id),
      retention,
    ),
  );
  const deleted = entries.filter((entry) => {
    if (entry.reason === "before-restore") return isOlderThan(keepGenerationMs, entry);
    return expired.has(entry.id) && (entry.reason !== "request" || isOlderThan(keepRequestedMs, entry));
  });
  const ids = deleted.map(({ id }) => id);
  await store.delete(uuid, ids);
  return { deleted: ids, swept: await store.sweep(uuid, nowMs) };
}
