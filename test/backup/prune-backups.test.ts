import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { BackupStore } from "../../src/backup/backup-store.ts";
import { pruneBackups } from "../../src/backup/prune-backups.ts";
import { stored } from "./backups.ts";

const store = new BackupStore(env.BACKUPS);
const retention = { hourly: 1, daily: 0, monthly: 0 };
const hourMs = 3_600_000;

/** Backups of one hour, a minute apart, for their reasons. */
async function backupsOf(...reasons: ("schedule" | "request" | "before-restore")[]) {
  const hour = Date.parse("2026-11-21T14:00:00.000Z");
  const database_uuid = crypto.randomUUID();
  const ids: string[] = [];
  for (const [minute, reason] of reasons.entries()) {
    const taken_at = new Date(hour + minute * 60_000).toISOString();
    ids.push((await stored("SELECT 1", { database_uuid, taken_at, reason })).id);
  }
  const prune = async (hours: number) =>
    (await pruneBackups(store, database_uuid, retention, hour + hours * hourMs)).deleted;
  return { ids, prune, left: () => store.ids(database_uuid) };
}

describe("whatever the retention policy says", () => {
  it("the safety backup of a restore is kept for a week", async () => {
    const { ids, prune, left } = await backupsOf("before-restore", "schedule", "schedule");
    const [safety, older, newest] = ids;
    expect(await prune(1)).toEqual([older]);
    expect(await prune(6 * 24)).toEqual([]);
    expect(await left()).toEqual([newest, safety]);
    expect(await prune(8 * 24)).toEqual([safety]);
  });

  it("a safety backup is not the newest one that is kept, nor the last one of its hour", async () => {
    const { ids, prune } = await backupsOf("schedule", "before-restore");
    expect(await prune(1)).toEqual([]);
    expect(await prune(8 * 24)).toEqual([ids[1]]);
  });

  it("a backup that somebody has asked for is kept for a day, however many follow in its hour", async () => {
    const { ids, prune } = await backupsOf("request", "request", "schedule");
    expect(await prune(23)).toEqual([]);
    expect(await prune(25)).toEqual([ids[1], ids[0]]);
  });
});
