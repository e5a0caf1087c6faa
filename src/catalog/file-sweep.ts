import { exportPrefix, importPrefix, restorePrefix } from "../dump-files.ts";
import { exportTtlMs, uploadTtlMs } from "../limits.ts";

/** How long files live, by where they are. */
const lifetimes = [
  { prefix: importPrefix, ttlMs: uploadTtlMs },
  { prefix: exportPrefix, ttlMs: exportTtlMs },
  { prefix: restorePrefix, ttlMs: uploadTtlMs },
] as const;

/**
 * Deletes the SQL files whose time is over.
 *
 * @param nowMs Milliseconds since 1970.
 * @returns How many files are left.
 */
export async function deleteExpiredFiles(bucket: R2Bucket, nowMs: number): Promise<number> {
  let remaining = 0;
  for (const { prefix, ttlMs } of lifetimes) {
    for await (const files of pages(bucket, prefix)) {
      const expired = files.filter((file) => file.uploaded.getTime() + ttlMs <= nowMs);
      await deleteFiles(bucket, expired);
      remaining += files.length - expired.length;
    }
  }
  return remaining;
}

/** Deletes every file below the prefix. */
export async function deleteAllFiles(bucket: R2Bucket, prefix: string): Promise<void> {
  for await (const files of pages(bucket, prefix)) await deleteFiles(bucket, files);
}

/** R2 lists, and deletes, a thousand at a time. A cursor goes by names, so that deleting behind it is safe. */
async function* pages(bucket: R2Bucket, prefix: string): AsyncGenerator<R2Object[]> {
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ prefix, ...(cursor !== undefined && { cursor }) });
    yield page.objects;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}

async function deleteFiles(bucket: R2Bucket, files: R2Object[]): Promise<void> {
  if (files.length > 0) await bucket.delete(files.map(({ key }) => key));
}
