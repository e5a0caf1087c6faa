import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { gzipKey, manifestKey, newBackupId } from "../../src/backup/backup-files.ts";
import { BackupStore } from "../../src/backup/backup-store.ts";
import { backupOrphanMs } from "../../src/limits.ts";
import { bucketWith, keysOf, stored } from "./backups.ts";

const store = new BackupStore(env.BACKUPS);
const inADay = () => Date.now() + backupOrphanMs;

async function orphan(uuid: string): Promise<string> {
  const key = gzipKey(uuid, await newBackupId(0, crypto.randomUUID()));
  await env.BACKUPS.put(key, "half");
  return key;
}

describe("the backups of a database", () => {
  it("are listed the newest first, without those of others and without what is no backup", async () => {
    const { database_uuid, id: middle } = await stored("b", { taken_at: "2026-02-01T00:00:00.000Z" });
    const { id: oldest } = await stored("a", { database_uuid, taken_at: "2026-01-01T00:00:00.000Z" });
    const { id: newest } = await stored("c", { database_uuid, taken_at: "2026-03-01T00:00:00.000Z" });
    await stored("other");
    await stored("below", { database_uuid: `${database_uuid}/below` });
    await orphan(database_uuid);
    await env.BACKUPS.put(`backups/${database_uuid}/notes.json`, "{}");
    expect(await store.ids(database_uuid)).toEqual([newest, middle, oldest]);
  });

  it("are all listed when there are more than R2 lists at once", async () => {
    const { database_uuid } = await stored("a", { taken_at: "2026-01-01T00:00:00.000Z" });
    await stored("b", { database_uuid, taken_at: "2026-01-02T00:00:00.000Z" });
    const slow = bucketWith(env.BACKUPS, { list: (options) => env.BACKUPS.list({ ...options, limit: 1 }) });
    expect(await new BackupStore(slow).ids(database_uuid)).toEqual(await store.ids(database_uuid));
  });

  it("are no backups any more when a deletion has failed half-way", async () => {
    const { database_uuid, id } = await stored("a");
    const failing = bucketWith(env.BACKUPS, {
      delete: (keys) =>
        String(keys).endsWith(".gz") ? Promise.reject(new Error("R2 is down")) : env.BACKUPS.delete(keys),
    });
    await expect(new BackupStore(failing).delete(database_uuid, [id])).rejects.toThrow("R2 is down");
    expect(await store.ids(database_uuid)).toEqual([]);
    expect(await keysOf(database_uuid)).toEqual([gzipKey(database_uuid, id)]);
    expect(await store.sweep(database_uuid, inADay())).toBe(1);
    expect(await keysOf(database_uuid)).toEqual([]);
  });

  it("are gone with both of their files", async () => {
    const { database_uuid, id } = await stored("a");
    const { id: other } = await stored("b", { database_uuid, taken_at: "2026-01-02T00:00:00.000Z" });
    await store.delete(database_uuid, [id]);
    expect(await keysOf(database_uuid)).toEqual([
      manifestKey(database_uuid, other),
      gzipKey(database_uuid, other),
    ]);
  });
});

describe("the sweep", () => {
  it("deletes a file without a manifest when it is a day old, and not before", async () => {
    const { database_uuid } = await stored("a");
    const key = await orphan(database_uuid);
    expect(await store.sweep(database_uuid, inADay() - 60_000)).toBe(0);
    expect(await keysOf(database_uuid)).toContain(key);
    expect(await store.sweep(database_uuid, inADay())).toBe(1);
    expect(await keysOf(database_uuid)).not.toContain(key);
  });

  it("leaves backups and the files of others alone", async () => {
    const { database_uuid, id } = await stored("a");
    const elsewhere = await orphan(crypto.randomUUID());
    expect(await store.sweep(database_uuid, inADay())).toBe(0);
    expect(await store.ids(database_uuid)).toEqual([id]);
    expect(await env.BACKUPS.head(elsewhere)).not.toBeNull();
  });
});
