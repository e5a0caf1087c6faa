import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Backup } from "../../src/backup/backup.ts";
import { gzipKey, manifestKey } from "../../src/backup/backup-files.ts";
import { BackupStore } from "../../src/backup/backup-store.ts";
import { openGzip } from "../../src/backup/verified-backup.ts";
import { gunzipped, sqlOf, stored } from "./backups.ts";

const sql = Array.from({ length: 500 }, (_, id) => `INSERT INTO t VALUES (${id}, '${id * 7}');\n`).join("");

async function change(backup: Backup, how: (bytes: Uint8Array) => Uint8Array): Promise<void> {
  const key = gzipKey(backup.database_uuid, backup.id);
  const file = await env.BACKUPS.get(key);
  await env.BACKUPS.put(key, how(new Uint8Array(await file!.arrayBuffer())));
}

async function gzip(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const damages: [string, (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>][] = [
  ["has lost its end", (bytes) => bytes.subarray(0, -20)],
  ["has something behind its end", (bytes) => Buffer.concat([bytes, new Uint8Array(8)])],
  ["has lost everything", () => new Uint8Array()],
  [
    "has one bit changed in the middle",
    (bytes) => bytes.with(Math.floor(bytes.length / 2), bytes[Math.floor(bytes.length / 2)]! ^ 1),
  ],
  ["has one bit of its header changed", (bytes) => bytes.with(4, bytes[4]! ^ 1)],
  ["is no gzip", (bytes) => new Uint8Array(bytes.length)],
];

describe("a backup that is opened", () => {
  it.each(damages)("is refused when its file %s", async (_what, how) => {
    const backup = await stored(sql);
    const key = gzipKey(backup.database_uuid, backup.id);
    const file = await env.BACKUPS.get(key);
    await env.BACKUPS.put(key, await how(new Uint8Array(await file!.arrayBuffer())));
    await expect(sqlOf(backup)).rejects.toMatchObject({
      code: "BACKUP_DAMAGED",
      message: expect.stringContaining(backup.id),
    });
  });

  it("is refused when its file is gone", async () => {
    const backup = await stored(sql);
    await env.BACKUPS.delete(gzipKey(backup.database_uuid, backup.id));
    await expect(sqlOf(backup)).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
    await expect(openGzip(env.BACKUPS, backup)).rejects.toMatchObject({ code: "BACKUP_DAMAGED" });
  });

  it("is refused when its file is a sound one of another backup", async () => {
    const backup = await stored(sql);
    const other = await gzip(sql.replace("VALUES (1,", "VALUES (2,"));
    await change(backup, () => other);
    const lying = { ...backup, gzip_bytes: other.length };
    await expect(sqlOf(lying)).rejects.toThrow("SHA-256 of its file");
  });

  it("is refused when the checksum of its SQL is another one", async () => {
    const backup = await stored(sql);
    const lying = { ...backup, sql_sha256: "0".repeat(64) };
    await expect(sqlOf(lying)).rejects.toThrow("SHA-256 of its SQL");
  });

  it("gives its SQL when every byte is what was stored", async () => {
    const backup = await stored(sql);
    expect(await sqlOf(backup)).toBe(sql);
    expect(await gunzipped(await openGzip(env.BACKUPS, backup))).toBe(sql);
  });
});

describe("a manifest", () => {
  const store = new BackupStore(env.BACKUPS);

  it.each([
    ["is no JSON", () => "{"],
    ["lacks a checksum", (backup: Backup) => JSON.stringify({ ...backup, gzip_sha256: undefined })],
    ["is of another version", (backup: Backup) => JSON.stringify({ ...backup, format_version: 2 })],
    [
      "is of another backup",
      (backup: Backup) => JSON.stringify({ ...backup, id: "20200101T000000000Z-00000000" }),
    ],
  ])("is refused that %s", async (_what, text) => {
    const backup = await stored(sql);
    await env.BACKUPS.put(manifestKey(backup.database_uuid, backup.id), text(backup));
    await expect(store.get(backup.database_uuid, backup.id)).rejects.toMatchObject({
      code: "BACKUP_DAMAGED",
    });
  });

  it.each(["20200101T000000000Z-00000000", "../other", "", "20200101T000000000Z-00000000.json"])(
    "is not there for the id %j",
    async (id) => {
      const { database_uuid } = await stored(sql);
      await expect(store.get(database_uuid, id)).rejects.toMatchObject({ code: "UNKNOWN_BACKUP" });
    },
  );

  it("that is damaged leaves the one before it the newest", async () => {
    const older = await stored(sql, { taken_at: "2026-01-01T00:00:00.000Z" });
    const newer = await stored(sql, {
      database_uuid: older.database_uuid,
      taken_at: "2026-01-02T00:00:00.000Z",
    });
    expect(await store.newest(older.database_uuid)).toEqual(newer);
    await env.BACKUPS.put(manifestKey(newer.database_uuid, newer.id), "{");
    expect(await store.newest(older.database_uuid)).toEqual(older);
  });
});
