import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Backup } from "../../backup/backup.ts";
import type { BackupApi } from "../backup-api.ts";
import { CliError, InterruptedError } from "../failure.ts";
import type { Output } from "../output.ts";
import { reasonOf } from "../rest-client.ts";
import { SqliteWriter } from "../sqlite/sqlite-writer.ts";
import { PartFile } from "./part-file.ts";
import { verified } from "./verified.ts";

/** What a backup is saved as. */
export const saveFormats = ["sql", "gzip", "sqlite"] as const;

export type SaveFormat = (typeof saveFormats)[number];

/** Where to save a backup, and as what. */
export interface SaveOptions {
  file: string;
  format: SaveFormat;
  /** Replace a file of that name. */
  force: boolean;
  signal: AbortSignal;
}

/**
 * Downloads a backup. The file appears when every byte was compared with the manifest, and a SQLite file when SQLite has found it whole.
 *
 * @throws CliError, UsageError: then there is no file, or the one that was there before.
 */
export async function saveBackup(
  api: BackupApi,
  backup: Backup,
  output: Output,
  { file, format, force, signal }: SaveOptions,
): Promise<void> {
  const part = await PartFile.create(file, force);
  const progress = output.progress(`Downloading ${backup.id}`, { totalBytes: backup.gzip_bytes });
  try {
    const gzip = verified(
      received(await api.download(backup)),
      { name: `The backup ${backup.id}`, bytes: backup.gzip_bytes, sha256: backup.gzip_sha256 },
      (bytes) => progress.advance(bytes),
    );
    const sqlOf = (unzipped: AsyncIterable<Uint8Array>) =>
      verified(unzipped, {
        name: `The SQL of the backup ${backup.id}`,
        bytes: backup.sql_bytes,
        sha256: backup.sql_sha256,
      });
    const toPart = () => createWriteStream(part.path, { flags: "r+" });
    switch (format) {
      case "gzip":
        await pipeline(gzip, toPart(), { signal });
        break;
      case "sql":
        await pipeline(gzip, createGunzip(), sqlOf, toPart(), { signal });
        break;
      case "sqlite":
        await writeDatabase(part.path, backup, signal, output, async (write) => {
          await pipeline(gzip, createGunzip({ chunkSize: databaseChunkBytes }), sqlOf, write, { signal });
          progress.end();
        });
        break;
    }
    await part.finish();
  } catch (error) {
    throw failureOf(error, backup, signal);
  } finally {
    progress.end();
    await part.discard();
  }
}

/** What the thread that writes a database gets at once. */
const databaseChunkBytes = 1 << 20;

async function writeDatabase(
  path: string,
  { tables }: Backup,
  signal: AbortSignal,
  output: Output,
  feed: (write: (sql: AsyncIterable<Uint8Array>) => Promise<void>) => Promise<void>,
): Promise<void> {
  const writer = new SqliteWriter(path, signal);
  try {
    await feed(async (sql) => {
      for await (const chunk of sql) await writer.write(chunk);
    });
    const checking = output.progress("Checking the database");
    try {
      await writer.finish(tables);
    } finally {
      checking.end();
    }
  } finally {
    await writer.terminate();
  }
}

/** What comes from the network, which may end at any time. */
async function* received(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw new CliError(`The download broke off (${reasonOf(error)}). Nothing was kept of it; try again.`, {
      cause: error,
    });
  }
}

function failureOf(error: unknown, { id }: Backup, signal: AbortSignal): unknown {
  if (signal.aborted) return new InterruptedError("Interrupted. Nothing was kept of the download.");
  if (error instanceof CliError || !(error instanceof Error)) return error;
  const code: unknown = Reflect.get(error, "code");
  if (typeof code === "string" && code.startsWith("Z_")) {
    return new CliError(
      `The backup ${id} is damaged: it cannot be decompressed (${error.message}). Use another one.`,
      {
        cause: error,
      },
    );
  }
  return error;
}
