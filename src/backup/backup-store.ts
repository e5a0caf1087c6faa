import { DatabaseError } from "../errors.ts";
import { backupOrphanMs } from "../limits.ts";
import { type Backup, type BackupReason, backupReasons, backupSchema } from "./backup.ts";
import { backupsPrefix, gzipKey, isBackupId, manifestKey } from "./backup-files.ts";

/** A backup, as R2 lists it. */
export interface BackupEntry {
  id: string;
  /** Not known of what somebody else has put there. */
  reason: BackupReason | undefined;
}

/** What R2 keeps beside a manifest, so that no list has to read them all. */
export function manifestMetadata(reason: BackupReason): Record<string, string> {
  return { reason };
}

function reasonIn(metadata: Record<string, string> | undefined): BackupReason | undefined {
  return backupReasons.find((reason) => reason === metadata?.reason);
}

/** The backups in the R2 bucket: which there are, and what their manifests say. */
export class BackupStore {
  readonly #bucket: R2Bucket;

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket;
  }

  /** The ids of a database's backups, the newest first. */
  async ids(uuid: string): Promise<string[]> {
    return (await this.entries(uuid)).map(({ id }) => id);
  }

  /** A database's backups as R2 lists them, the newest first. */
  async entries(uuid: string): Promise<BackupEntry[]> {
    const entries: BackupEntry[] = [];
    for await (const { id, kind, reason } of this.#files(uuid)) {
      if (kind === "json") entries.push({ id, reason });
    }
    return entries.reverse();
  }

  /** @throws DatabaseError BACKUP_DAMAGED for a manifest that is none. */
  async find(uuid: string, id: string): Promise<Backup | undefined> {
    if (!isBackupId(id)) return undefined;
    const file = await this.#bucket.get(manifestKey(uuid, id));
    if (file === null) return undefined;
    const parsed = backupSchema.safeParse(await file.json().catch(() => undefined));
    if (parsed.success && parsed.data.id === id) return parsed.data;
    throw new DatabaseError(
      "BACKUP_DAMAGED",
      `The backup ${id} is damaged: its manifest is not what was written. Nothing was done with it; use another one.`,
    );
  }

  /** @throws DatabaseError UNKNOWN_BACKUP, BACKUP_DAMAGED */
  async get(uuid: string, id: string): Promise<Backup> {
    const backup = await this.find(uuid, id);
    if (backup !== undefined) return backup;
    throw new DatabaseError("UNKNOWN_BACKUP", `There is no backup ${id.slice(0, 100)} of this database.`);
  }

  /**
   * The newest backup that can be read.
   *
   * @param isWanted Default: any.
   */
  async newest(uuid: string, isWanted = (_: BackupEntry) => true): Promise<Backup | undefined> {
    for (const entry of await this.entries(uuid)) {
      if (!isWanted(entry)) continue;
      const { id } = entry;
      const backup = await this.find(uuid, id).catch(onlyIfDamaged);
      if (backup !== undefined) return backup;
    }
    return undefined;
  }

  /** The manifest first: what is half deleted is no backup any more, and swept later. */
  async delete(uuid: string, ids: readonly string[]): Promise<void> {
    for (const key of [manifestKey, gzipKey]) {
      for (let start = 0; start < ids.length; start += maxDeletedAtOnce) {
        const some = ids.slice(start, start + maxDeletedAtOnce);
        await this.#bucket.delete(some.map((id) => key(uuid, id)));
      }
    }
  }

  /**
   * Deletes the files of a database that never became a backup, or are half deleted.
   *
   * @param nowMs Milliseconds since 1970.
   * @returns How many.
   */
  async sweep(uuid: string, nowMs: number): Promise<number> {
    const whole = new Set(await this.ids(uuid));
    const orphans: string[] = [];
    for await (const { id, kind, uploaded } of this.#files(uuid)) {
      const isOld = uploaded.getTime() + backupOrphanMs <= nowMs;
      if (kind === "sql.gz" && !whole.has(id) && isOld) orphans.push(id);
    }
    await this.delete(uuid, orphans);
    return orphans.length;
  }

  /** In the order of their names. */
  async *#files(uuid: string): AsyncGenerator<BackupEntry & { kind: string; uploaded: Date }> {
    const prefix = backupsPrefix(uuid);
    let cursor: string | undefined;
    do {
      // `include` is in the types of newer compatibility dates only.
      const options = { prefix, include: ["customMetadata"], ...(cursor !== undefined && { cursor }) };
      const page = await this.#bucket.list(options);
      for (const { key, uploaded, customMetadata } of page.objects) {
        const [, id, kind] = /^([^.]+)\.(.+)$/.exec(key.slice(prefix.length)) ?? [];
        if (id !== undefined && kind !== undefined && isBackupId(id)) {
          yield { id, kind, uploaded, reason: reasonIn(customMetadata) };
        }
      }
      cursor = page.truncated ? page.cursor : undefined;
    } while (cursor !== undefined);
  }
}

/** What R2 deletes in one call. */
const maxDeletedAtOnce = 1_000;

/** For a catch: whoever looks for a backup that can be read passes over one that is damaged. */
export function onlyIfDamaged(error: unknown): undefined {
  if (error instanceof DatabaseError && error.code === "BACKUP_DAMAGED") return undefined;
  throw error;
}
