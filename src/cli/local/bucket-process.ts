/**
 * Stores files in a bucket of a project's local state, in a process of its own: wrangler and the runtime that it starts print what
 * nobody has asked for.
 */

import { open } from "node:fs/promises";
import { pathToFileURL } from "node:url";

/** A file of the bucket. */
export interface BucketFile {
  key: string;
  contentType: string;
  /** Where it is now. */
  path: string;
}

/** What the process is asked for. */
export interface BucketRequest {
  wranglerModule: string;
  configPath: string;
  stateDir: string;
  /** In the order in which they are stored. */
  files: BucketFile[];
}

/** What the project calls itself and its database. */
export interface LocalNames {
  accountId: string;
  databaseId: string | undefined;
}

/** How it went. */
export type BucketReply = { kind: "stored"; names: LocalNames } | { kind: "failed"; message: string };

/** Bytes that are in memory at once. A part has 5 MiB at least, and all but the last one the same size. */
const partBytes = 8_000_000;

/** Of R2's binding, what is used here. */
interface Bucket {
  put(key: string, bytes: Uint8Array, options: object): Promise<unknown>;
  createMultipartUpload(key: string, options: object): Promise<Upload>;
}

interface Upload {
  uploadPart(number: number, bytes: Uint8Array): Promise<object>;
  complete(parts: object[]): Promise<unknown>;
}

process.once("message", (request: BucketRequest) => {
  storeFiles(request)
    .then(
      (names): BucketReply => ({ kind: "stored", names }),
      (error): BucketReply => ({
        kind: "failed",
        message: error instanceof Error ? error.message : String(error),
      }),
    )
    .then((reply) => process.send!(reply, () => process.exit()));
});

// Nobody waits for the answer any more.
process.once("disconnect", () => process.exit());

async function storeFiles({
  wranglerModule,
  configPath,
  stateDir,
  files,
}: BucketRequest): Promise<LocalNames> {
  const { getPlatformProxy } = (await import(
    pathToFileURL(wranglerModule).href
  )) as typeof import("wrangler");
  const { env, dispose } = await getPlatformProxy({
    configPath,
    // Where `wrangler dev` has it, below what it calls --persist-to.
    persist: { path: `${stateDir}/v3` },
    remoteBindings: false,
  });
  try {
    const bucket = env.BACKUPS as Bucket | undefined;
    if (bucket === undefined) {
      throw new Error(
        `${configPath} has no bucket BACKUPS to put the backup into. Add:\n\n` +
          '[[r2_buckets]]\nbinding = "BACKUPS"\nbucket_name = "d1-procedures-backups"',
      );
    }
    for (const file of files) await store(bucket, file);
    return {
      accountId: textOf(env.ACCOUNT_ID) ?? "local",
      databaseId: textOf(env.DATABASE_ID) ?? textOf(env.DATABASE_NAME),
    };
  } finally {
    await dispose();
  }
}

async function store(bucket: Bucket, { key, contentType, path }: BucketFile): Promise<void> {
  const options = { httpMetadata: { contentType } };
  const file = await open(path);
  // A Uint8Array, for wrangler's proxy of a binding takes no Buffer.
  const read = async (start: number, length: number) => {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, start);
    if (bytesRead < length) throw new Error(`${path} is shorter than it was.`);
    return bytes;
  };
  try {
    const { size } = await file.stat();
    if (size <= partBytes) {
      await bucket.put(key, await read(0, size), options);
      return;
    }
    const upload = await bucket.createMultipartUpload(key, options);
    const parts: object[] = [];
    for (let start = 0; start < size; start += partBytes) {
      parts.push(
        await upload.uploadPart(parts.length + 1, await read(start, Math.min(partBytes, size - start))),
      );
    }
    await upload.complete(parts);
  } finally {
    await file.close();
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
