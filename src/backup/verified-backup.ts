import { DatabaseError, messageOf } from "../errors.ts";
import { gunzip } from "../gzip.ts";
import type { Backup } from "./backup.ts";
import { gzipKey } from "./backup-files.ts";
import { Digest, digested } from "./digest.ts";

/**
 * Opens a backup whose every byte was read and compared with its manifest before: of the gzip file, and of the SQL in it. Costs a pass
 * over the file; nothing of it is in memory at once.
 *
 * @returns The SQL.
 * @throws DatabaseError BACKUP_DAMAGED
 */
export async function openVerifiedSql(bucket: R2Bucket, backup: Backup): Promise<ReadableStream<Uint8Array>> {
  const { body, etag } = await getGzip(bucket, backup);
  await verify(body, backup);
  // The very file that was verified.
  const again = await getGzip(bucket, backup, { etagMatches: etag });
  return gunzip(again.body);
}

/**
 * Opens the gzip file of a backup. Only its size is compared.
 *
 * @throws DatabaseError BACKUP_DAMAGED
 */
export async function openGzip(bucket: R2Bucket, backup: Backup): Promise<ReadableStream<Uint8Array>> {
  return (await getGzip(bucket, backup)).body;
}

async function getGzip(bucket: R2Bucket, backup: Backup, onlyIf?: R2Conditional): Promise<R2ObjectBody> {
  const key = gzipKey(backup.database_uuid, backup.id);
  const file = await bucket.get(key, onlyIf === undefined ? {} : { onlyIf });
  if (file === null) throw damaged(backup, "its file is gone");
  if (!("body" in file)) throw damaged(backup, "its file was replaced while it was read");
  if (file.size !== backup.gzip_bytes) {
    await file.body.cancel();
    throw damaged(backup, `its file has ${file.size} bytes instead of ${backup.gzip_bytes}`);
  }
  return file;
}

async function verify(compressed: ReadableStream<Uint8Array>, backup: Backup): Promise<void> {
  const digests = { sql: new Digest(), gzip: new Digest() };
  try {
    const sql = gunzip(digested(compressed, digests.gzip));
    for await (const chunk of sql) await digests.sql.add(chunk);
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

function damaged({ id }: Backup, problem: string): DatabaseError {
  return new DatabaseError(
    "BACKUP_DAMAGED",
    `The backup ${id} is damaged: ${problem}. Nothing was done with it; use another one.`,
  );
}
