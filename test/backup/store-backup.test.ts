import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { gzipKey, manifestKey, takenAtMsOf } from "../../src/backup/backup-files.ts";
import { BackupStore } from "../../src/backup/backup-store.ts";
import { storeBackup } from "../../src/backup/store-backup.ts";
import { exportPartBytes } from "../../src/limits.ts";
import { backupToBe, bucketWith, gunzipped, keysOf, sqlOf, stored, streamOf } from "./backups.ts";

const store = new BackupStore(env.BACKUPS);

async function sha256(bytes: Uint8Array | ArrayBuffer): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
}

/** Bytes that gzip makes no smaller. */
function noise(chunks: number): ReadableStream<Uint8Array> {
  let chunk = 0;
  return new ReadableStream({
    pull(controller) {
      if (chunk++ === chunks) controller.close();
      else controller.enqueue(crypto.getRandomValues(new Uint8Array(65_536)));
    },
  });
}

describe("storing a backup", () => {
  it.each([
    [
      "the download fails",
      () =>
        new ReadableStream<Uint8Array>({
          start: (controller) => controller.enqueue(new Uint8Array(100)),
          pull: () => Promise.reject(new Error("connection lost")),
        }),
      "connection lost",
    ],
    ["the download ends too early", () => streamOf("CREATE TABLE"), "12 bytes instead of 100"],
  ])("leaves nothing that is listed when %s", async (_what, stream, message) => {
    const backup = await backupToBe();
    await expect(storeBackup(env.BACKUPS, backup, stream(), 100)).rejects.toThrow(message);
    expect(await store.ids(backup.database_uuid)).toEqual([]);
    expect(await keysOf(backup.database_uuid)).toEqual([]);
  });

  it("leaves nothing that is listed when R2 fails at the second part of a large one", async () => {
    const backup = await backupToBe();
    const failing = bucketWith(env.BACKUPS, {
      async createMultipartUpload(key, options) {
        const upload = await env.BACKUPS.createMultipartUpload(key, options);
        return {
          key,
          uploadId: upload.uploadId,
          uploadPart: (number, part) =>
            number === 2 ? Promise.reject(new Error("R2 is down")) : upload.uploadPart(number, part),
          complete: (parts) => upload.complete(parts),
          abort: () => upload.abort(),
        };
      },
    });
    const sql = noise(300);
    await expect(storeBackup(failing, backup, sql)).rejects.toThrow("R2 is down");
    expect(await keysOf(backup.database_uuid)).toEqual([]);
  });

  it("is no backup as long as its manifest is not written, and can be repeated", async () => {
    const backup = await backupToBe();
    const failing = bucketWith(env.BACKUPS, {
      put: ((key: string, value: string) =>
        key.endsWith(".json")
          ? Promise.reject(new Error("R2 is down"))
          : env.BACKUPS.put(key, value)) as never,
    });
    await expect(storeBackup(failing, backup, streamOf("SELECT 1;"))).rejects.toThrow("R2 is down");
    expect(await keysOf(backup.database_uuid)).toEqual([gzipKey(backup.database_uuid, backup.id)]);
    expect(await store.ids(backup.database_uuid)).toEqual([]);
    expect(await store.find(backup.database_uuid, backup.id)).toBeUndefined();

    const whole = await storeBackup(env.BACKUPS, backup, streamOf("SELECT 1;"));
    expect(await store.ids(backup.database_uuid)).toEqual([backup.id]);
    expect(await store.get(backup.database_uuid, backup.id)).toEqual(whole);
  });

  it("writes gzip, and a manifest with sizes and checksums of both", async () => {
    const sql = "CREATE TABLE t (x);\n".repeat(1_000);
    const backup = await stored(sql, { tables: [{ name: "t", rows: 0 }] });
    const file = await env.BACKUPS.get(gzipKey(backup.database_uuid, backup.id));
    const gzip = await file!.arrayBuffer();
    expect(backup).toMatchObject({
      format_version: 1,
      sql_bytes: sql.length,
      sql_sha256: await sha256(new TextEncoder().encode(sql)),
      gzip_bytes: gzip.byteLength,
      gzip_sha256: await sha256(gzip),
      tables: [{ name: "t", rows: 0 }],
    });
    expect(gzip.byteLength).toBeLessThan(1_000);
    expect(await gunzipped(new Blob([gzip]).stream())).toBe(sql);
    const manifest = await env.BACKUPS.get(manifestKey(backup.database_uuid, backup.id));
    expect(await manifest!.json()).toEqual(backup);
  });

  it("takes an empty file", async () => {
    const backup = await stored("");
    expect(backup.sql_bytes).toBe(0);
    expect(await sqlOf(backup)).toBe("");
  });

  it("stores a large one in parts of one size", async () => {
    const backup = await backupToBe();
    const parts: number[] = [];
    const counting = bucketWith(env.BACKUPS, {
      async createMultipartUpload(key, options) {
        const upload = await env.BACKUPS.createMultipartUpload(key, options);
        return {
          key,
          uploadId: upload.uploadId,
          uploadPart: (number, part) => {
            parts.push((part as Uint8Array).length);
            return upload.uploadPart(number, part);
          },
          complete: (uploaded) => upload.complete(uploaded),
          abort: () => upload.abort(),
        };
      },
    });
    const sql = noise(300);
    const { sql_bytes, gzip_bytes } = await storeBackup(counting, backup, sql, 300 * 65_536);
    expect(sql_bytes).toBe(300 * 65_536);
    expect(parts).toEqual([exportPartBytes, exportPartBytes, gzip_bytes - 2 * exportPartBytes]);
  });
});

describe("the id of a backup", () => {
  it("sorts by the time of the state, and tells it", async () => {
    const times = ["2025-12-31T23:59:59.999Z", "2026-01-01T00:00:00.000Z", "2026-11-21T14:00:03.120Z"];
    const backups = await Promise.all(times.map((taken_at) => backupToBe({ taken_at })));
    const ids = backups.map(({ id }) => id);
    expect(ids.toSorted()).toEqual(ids);
    expect(ids.map((id) => new Date(takenAtMsOf(id)).toISOString())).toEqual(times);
  });
});
