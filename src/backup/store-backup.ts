import { DatabaseError } from "../errors.ts";
import { MultipartUpload } from "../multipart-upload.ts";
import type { Backup } from "./backup.ts";
import { gzipKey, manifestKey } from "./backup-files.ts";
import { Digest } from "./digest.ts";

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
  const { sql: plain, gzip } = await storeGzip(
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
    gzip_bytes: gzip.bytes,
    gzip_sha256: gzip.sha256,
  };
  await bucket.put(manifestKey(backup.database_uuid, backup.id), JSON.stringify(manifest, undefined, 2), {
    httpMetadata: { contentType: "application/json" },
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
  const compression = new CompressionStream("gzip");
  const digests = { sql: new Digest(), gzip: new Digest() };

  const compress = async () => {
    const writer = compression.writable.getWriter();
    let bytes = 0;
    try {
      for await (const chunk of sql) {
        bytes += chunk.length;
        await digests.sql.add(chunk);
        await writer.write(chunk);
      }
      if (expectedBytes !== undefined && bytes !== expectedBytes) throw brokenOff(bytes, expectedBytes);
      await writer.close();
    } catch (error) {
      // Or the other half would wait for ever.
      writer.abort(error).catch(() => {});
      throw error;
    }
  };
  const store = async () => {
    for await (const chunk of compression.readable as ReadableStream<Uint8Array>) {
      await digests.gzip.add(chunk);
      await upload.add(chunk);
    }
  };

  try {
    await Promise.all([compress(), store()]);
    await upload.finish();
  } catch (error) {
    upload.abort();
    for (const digest of Object.values(digests)) digest.abandon();
    throw error;
  }
  return { sql: await digests.sql.finish(), gzip: await digests.gzip.finish() };
}

function brokenOff(bytes: number, expected: number): DatabaseError {
  return new DatabaseError(
    "INTERNAL_ERROR",
    `The download broke off: it has ${bytes} bytes instead of ${expected}.`,
  );
}
