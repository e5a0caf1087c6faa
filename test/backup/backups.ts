import { env } from "cloudflare:workers";
import type { Backup } from "../../src/backup/backup.ts";
import { newBackupId } from "../../src/backup/backup-files.ts";
import { type BackupToBe, storeBackup } from "../../src/backup/store-backup.ts";
import { verifiedSql } from "../../src/backup/verified-backup.ts";

/** What is said of a backup before it is stored. */
export async function backupToBe(values: Partial<BackupToBe> = {}): Promise<BackupToBe> {
  const taken_at = values.taken_at ?? "2026-11-21T14:00:03.120Z";
  return {
    id: await newBackupId(Date.parse(taken_at), crypto.randomUUID()),
    database_uuid: crypto.randomUUID(),
    database_name: "library",
    reason: "request",
    bookmark: "bookmark",
    tables: null,
    ...values,
    taken_at,
  };
}

/** Stores a backup of a text. */
export async function stored(sql: string, values: Partial<BackupToBe> = {}): Promise<Backup> {
  return storeBackup(env.BACKUPS, await backupToBe(values), streamOf(sql));
}

export function streamOf(...chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) {
        controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
      }
      controller.close();
    },
  });
}

export async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text();
}

export function gunzipped(stream: ReadableStream<Uint8Array>): Promise<string> {
  return textOf(stream.pipeThrough(new DecompressionStream("gzip")));
}

/** The SQL of a backup that is what was stored. */
export async function sqlOf(backup: Backup): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of verifiedSql(env.BACKUPS, backup)) chunks.push(chunk);
  return new Blob(chunks).text();
}

/** The keys of all files of a database's backups. */
export async function keysOf(uuid: string): Promise<string[]> {
  return (await env.BACKUPS.list({ prefix: `backups/${uuid}/` })).objects.map(({ key }) => key);
}

/** A bucket like another one, with some methods of its own. */
export function bucketWith(bucket: R2Bucket, methods: Partial<R2Bucket>): R2Bucket {
  return new Proxy(bucket, {
    get(target, name) {
      const own = Reflect.get(methods, name);
      if (own !== undefined) return own;
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
