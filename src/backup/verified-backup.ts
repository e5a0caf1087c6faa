import { DatabaseError, messageOf } from "../errors.ts";
import { gunzip } from "../gzip.ts";
import type { Backup } from "./backup.ts";
import { gzipKey } from "./backup-files.ts";
import { Digest, digested } from "./digest.ts";

/**
 * Reads a backup, and compares every byte with its manifest: of the gzip file, and of the SQL in it. What was read counts only when it
 * has come to its end. Nothing of it is in memory at once.
 *
 * @returns The SQL.
 * @throws DatabaseError BACKUP_DAMAGED, at the end at the latest.
 */
export async function* verifiedSql(
  bucket: R2Bucket,
  backup: Backup,
): AsyncGenerator<Uint8Array, void, undefined> {
  const compressed = await openGzip(bucket, backup);
  const digests = { sql: new Digest(), gzip: new Digest() };
  try {
    yield* digested(gunzip(digested(compressed, digests.gzip)), digests.sql);
  } catch (error) {
    for (const digest of Object.values(digests)) digest.abandon();
    throw damaged(backup, `it cannot be decompressed (${messageOf(error)})`);
  }
  const gzipped = await digests.gzip.finish();
  const sql = await digests.sql.finish();
  if (gzipped.sha256 !== backup.gzip_sha256) throw damaged(backup, "the SHA-256 of its file is another one");
  if (sql.sha256 !== backup.sql_sha256 || sql.bytes !== backup.sql_bytes) {
    throw damaged(backup, "the SHA-256 of its SQL is another one");
  }
}

/**
 * Opens the gzip file of a backup. Only its size is compared.
 *
 * @throws DatabaseError BACKUP_DAMAGED
 */
export async function openGzip(bucket: R2Bucket, backup: Backup): Promise<ReadableStream<Uint8Array>> {
  const file = await bucket.get(gzipKey(backup.database_uuid, backup.id));
  if (file === null) throw damaged(backup, "its file is gone");
  if (file.size === backup.gzip_bytes) return file.body;
  await file.body.cancel();
  throw damaged(backup, `its file has ${file.size} bytes instead of ${backup.gzip_bytes}`);
}

function damaged({ id }: Backup, problem: string): DatabaseError {
  return new DatabaseError(
    "BACKUP_DAMAGED",
    `The backup ${id} is damaged: ${problem}. Nothing was done with it; use another one.`,
  );
}
