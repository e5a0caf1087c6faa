import { DatabaseError } from "../errors.ts";

/**
 * The R2 bucket of SQL files on their way in and out.
 *
 * @throws DatabaseError INVALID_BINDING where the Worker has none.
 */
export function requireDumps(env: unknown): R2Bucket {
  const bucket = (env as { DUMPS?: R2Bucket } | undefined)?.DUMPS;
  if (typeof bucket?.createMultipartUpload === "function") return bucket;
  throw new DatabaseError(
    "INVALID_BINDING",
    "Imports and exports keep their files in R2, and the Worker has no bucket bound as DUMPS. Put into wrangler.toml:\n" +
      '[[r2_buckets]]\nbinding = "DUMPS"\nbucket_name = "d1-procedures-dumps"',
  );
}
