import { DatabaseError } from "../errors.ts";
import { gzip } from "../gzip.ts";
import { MultipartUpload } from "../multipart-upload.ts";
import type { Backup } from "./backup.ts";
import { gzipKey, manifestKey } from "./backup-files.ts";
import { manifestMetadata } from "./backup-store.ts";
import { Digest, digested } from "./digest.ts";

/** What is known of a backup before its SQL is. */
export type BackupToBe = Omit<Backup, "format_version" | `${"sql" | "gzip"}_${"bytes" | "sha256"}`>;

/**
 * Stores a backup: first the gzip file, in parts of which one is in memory, and when that is whole the manifest, which makes it a
 * backup. To be repeated as it is when it has failed.
 *
 * @param sql The SQL, to be read once.
 * @param expectedBytes How many bytes of SQL there are, where that is known.
 * @throws DatabaseError INTERNAL_ERROR for a stream that ends too early, and whatever R2 or the stream throw.
 */
export async function storeBackup(
  bucket: R2Bucket,
  backup: BackupToBe,
  sql: ReadableStream<Uint8Array>,
  expectedBytes?: number,
): Promise<Backup> {
  const { sql: plain, gzip: compressed } = await storeGzip(
    bucket,
    gzipKey(backup.database_uuid, backup.id),
    sql,
    expectedBytes,
  );
  const manifest: Backup = {
    format_version: 1,
    ...backup,
    sql_bytes: plain.bytes,
    sql_sha256: plain.sha256,
    gzip_bytes: compressed.bytes,
    gzip_sha256: compressed.sha256,
  };
  await bucket.put(manifestKey(backup.database_uuid, backup.id), JSON.stringify(manifest, undefined, 2), {
    httpMetadata: { contentType: "application/json" },
    customMetadata: manifestMetadata(backup.reason),
  });
  return manifest;
}

async function storeGzip(
  bucket: R2Bucket,
  key: string,
  sql: ReadableStream<Uint8Array>,
  expectedBytes: number | undefined,
) {
  const upload = new MultipartUpload(bucket, key, { httpMetadata: { contentType: "application/gzip" } });
  const digests = { sql: new Digest(), gzip: new Digest() };
  try {
    for await (const chunk of gzip(whole(sql, digests.sql, expectedBytes))) {
      await digests.gzip.add(chunk);
      await upload.add(chunk);
    }
    await upload.finish();
  } catch (error) {
    upload.abort();
    for (const digest of Object.values(digests)) digest.abandon();
    throw error;
  }
  return { sql: await digests.sql.finish(), gzip: await digests.gzip.finish() };
}

async function* whole(
  sql: ReadableStream<Uint8Array>,
  digest: Digest,
  expectedBytes: number | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* digested(sql, digest);
  if (expectedBytes !== undefined && digest.bytes !== expectedBytes)
    throw brokenOff(digest.bytes, expectedBytes);
}

function brokenOff(bytes: number, expected: number): DatabaseError {
  return new DatabaseError(
    "INTERNAL_ERROR",
    `The download broke off: it has ${bytes} bytes instead of ${expected}.`,
  );
}
