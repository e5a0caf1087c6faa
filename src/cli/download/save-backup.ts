import { createReadStream, createWriteStream } from "node:fs";
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
  try {
    switch (format) {
      case "gzip":
        await download(api, backup, output, (gzip) => pipeline(gzip, toFile(part.path), { signal }));
        break;
      case "sql":
        await download(api, backup, output, (gzip) =>
          pipeline(gzip, createGunzip(), sqlOf(backup), toFile(part.path), { signal }),
        );
        break;
      case "sqlite":
        // First all of it: while SQLite makes an index nothing would be read, and what fetch holds back is lost when the server closes
        // the connection meanwhile. So nothing is executed, either, that was not compared with its SHA-256.
        await download(api, backup, output, (gzip) =>
          pipeline(gzip, createWriteStream(part.gzipPath), { signal }),
        );
        await makeDatabase(part, backup, output, signal);
        break;
    }
    await part.finish();
  } catch (error) {
    throw failureOf(error, backup, signal);
  } finally {
    await part.discard();
  }
}

/** What the thread that makes a database gets at once. */
const databaseChunkBytes = 1 << 20;

async function download(
  api: BackupApi,
  backup: Backup,
  output: Output,
  store: (gzip: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const progress = output.progress(`Downloading ${backup.id}`, { totalBytes: backup.gzip_bytes });
  try {
    const expected = {
      name: `The backup ${backup.id}`,
      bytes: backup.gzip_bytes,
      sha256: backup.gzip_sha256,
    };
    await store(verified(received(await api.download(backup)), expected, (bytes) => progress.advance(bytes)));
  } finally {
    progress.end();
  }
}

async function makeDatabase(
  part: PartFile,
  backup: Backup,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const writer = new SqliteWriter(part.path, signal);
  let progress = output.progress("Making the database", { totalBytes: backup.sql_bytes });
  try {
    await pipeline(
      createReadStream(part.gzipPath),
      createGunzip({ chunkSize: databaseChunkBytes }),
      sqlOf(backup),
      async (sql: AsyncIterable<Uint8Array>) => {
        for await (const chunk of sql) {
          await writer.write(chunk);
          progress.advance(chunk.length);
        }
      },
      { signal },
    );
    progress.end();
    progress = output.progress("Checking the database");
    await writer.finish(backup.tables);
  } finally {
    progress.end();
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

function sqlOf({ id, sql_bytes, sql_sha256 }: Backup) {
  const expected = { name: `The SQL of the backup ${id}`, bytes: sql_bytes, sha256: sql_sha256 };
  return (sql: AsyncIterable<Uint8Array>) => verified(sql, expected);
}

/** Into a file that is there. */
function toFile(path: string) {
  return createWriteStream(path, { flags: "r+" });
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
