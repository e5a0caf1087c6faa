import { DatabaseError } from "../errors.ts";

/**
 * The R2 bucket of SQL files on their way in and out.
 *
 * @throws DatabaseError INVALID_BINDING where the Worker has none.
 */
export function requireDumps(env: unknown): R2Bucket {
  return requireBucket(env, "DUMPS", "Imports and exports keep their files", "d1-procedures-dumps");
}

/**
 * The R2 bucket of backups.
 *
 * @throws DatabaseError INVALID_BINDING where the Worker has none.
 */
export function requireBackups(env: unknown): R2Bucket {
  return requireBucket(env, "BACKUPS", "Backups are kept", "d1-procedures-backups");
}

function requireBucket(env: unknown, binding: string, what: string, bucketName: string): R2Bucket {
  const bucket = (env as Record<string, R2Bucket | undefined> | undefined)?.[binding];
  if (typeof bucket?.createMultipartUpload === "function") return bucket;
  throw new DatabaseError(
    "INVALID_BINDING",
    `${what} in R2, and the Worker has no bucket bound as ${binding}. Put into wrangler.toml:\n` +
      `[[r2_buckets]]\nbinding = "${binding}"\nbucket_name = "${bucketName}"`,
  );
}
