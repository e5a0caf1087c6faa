import { toHex } from "./digest.ts";

/**
 * Where backups are in the R2 bucket: `backups/{uuid}/{id}.sql.gz`, and beside it its manifest, `{id}.json`, which is written last.
 * What has no manifest is no backup.
 */

/** As `newBackupId` makes them. Safe in a path, and nothing else is looked for in the bucket. */
const idPattern = /^\d{8}T\d{9}Z-[0-9a-f]{8}$/;

export function isBackupId(text: string): boolean {
  return idPattern.test(text);
}

/**
 * The id of the backup of a state. The same for the same Workflow instance, so that a step that is repeated writes the same files.
 *
 * @returns The time of the state, by which ids sort, and eight digits that tell two of one millisecond apart:
 *   `20261121T140003120Z-5f3a9c01`.
 */
export async function newBackupId(takenAtMs: number, instanceId: string): Promise<string> {
  const time = new Date(takenAtMs).toISOString().replaceAll(/[-:.]/g, "");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(instanceId));
  return `${time}-${toHex(digest).slice(0, 8)}`;
}

/** When the state of a backup was, in milliseconds since 1970. */
export function takenAtMsOf(id: string): number {
  const [, date, hour, minute, second, ms] = /^(\d{8})T(\d\d)(\d\d)(\d\d)(\d{3})Z/.exec(id)!;
  const day = `${date!.slice(0, 4)}-${date!.slice(4, 6)}-${date!.slice(6)}`;
  return Date.parse(`${day}T${hour}:${minute}:${second}.${ms}Z`);
}

/** Where the backups of a database are. Its uuid may be any text: it is the configuration that says what it is. */
export function backupsPrefix(uuid: string): string {
  return `backups/${encodeURIComponent(uuid)}/`;
}

export function manifestKey(uuid: string, id: string): string {
  return `${backupsPrefix(uuid)}${id}.json`;
}

export function gzipKey(uuid: string, id: string): string {
  return `${backupsPrefix(uuid)}${id}.sql.gz`;
}
