import { abortAllDurableObjects } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backUpDatabases } from "../../src/backup/back-up-databases.ts";
import type { BackupParams } from "../../src/backup/backup.ts";
import type { BackupEnv } from "../../src/backup/backup-env.ts";
import { BackupStore } from "../../src/backup/backup-store.ts";
import { createDatabase, databasesPath, rest, rowsOf } from "../http/rest-client.ts";
import { Database } from "../worker.ts";
import { failure, playCloudflare } from "./cloudflare-api.ts";
import { backUp, paramsOf, watchLog } from "./instances.ts";

const store = new BackupStore(env.BACKUPS);
const scheduledTime = Date.parse("2026-11-21T14:00:30.000Z");

/** The Worker under test, as the platform calls it. */
const worker = exports.default as unknown as {
  scheduled(options: { scheduledTime: Date; cron: string }): Promise<unknown>;
};

let log: ReturnType<typeof watchLog>;

beforeEach(() => {
  log = watchLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** What a cron starts, as far as Workflow lets it. */
async function scheduled(
  more: Partial<BackupEnv> = {},
  create: (id: string) => void = () => {},
): Promise<Map<string, BackupParams>> {
  const started = new Map<string, BackupParams>();
  const workflow = {
    create: async ({ id, params }: { id: string; params: BackupParams }) => {
      create(id);
      started.set(id, params);
    },
  } as unknown as Workflow<BackupParams>;
  await backUpDatabases({ scheduledTime }, { ...env, BACKUP_WORKFLOW: workflow, ...more }, { exports });
  return started;
}

async function startedFor(uuid: string): Promise<boolean> {
  return [...(await scheduled()).values()].some(({ databaseId }) => databaseId === uuid);
}

async function library(): Promise<string> {
  const { uuid } = await createDatabase(`library-${crypto.randomUUID()}`);
  await rowsOf(uuid, "CREATE TABLE book (title); INSERT INTO book VALUES ('a')");
  return uuid;
}

describe("the schedule", () => {
  it("starts a backup of every database, the configured one included, under an id of database and hour", async () => {
    const uuids = [env.DATABASE_ID, await library(), await library()];
    const started = await scheduled();
    for (const databaseId of uuids) {
      expect(started.get(`${databaseId}-20261121T14`)).toEqual({
        accountId: env.ACCOUNT_ID,
        databaseId,
        reason: "schedule",
      });
    }
    expect(log.lines()).toContainEqual({
      event: "backup",
      outcome: "scheduled",
      started: started.size,
      unchanged: 0,
      failed: 0,
    });
  });

  it("backs up once when the cron fires twice in an hour", async () => {
    const uuid = await library();
    for (const title of ["b", "c"]) {
      await rowsOf(uuid, `INSERT INTO book VALUES ('${title}')`);
      await worker.scheduled({ scheduledTime: new Date(scheduledTime), cron: "0 * * * *" });
      await vi.waitUntil(async () => (await store.ids(uuid)).length > 0, { timeout: 60_000, interval: 20 });
    }
    const instance = await env.BACKUP_WORKFLOW.get(`${uuid}-20261121T14`);
    await expect.poll(async () => (await instance.status()).status).toBe("complete");
    expect(await store.ids(uuid)).toHaveLength(1);
    expect((await store.newest(uuid))!.reason).toBe("schedule");
  });

  it("takes an instance that exists already for what it is", async () => {
    const uuid = await library();
    const started = await scheduled({}, (id) => {
      if (id.startsWith(uuid)) throw new Error("(instance.already_exists) Instance already exists");
    });
    expect([...started.keys()].some((id) => id.startsWith(uuid))).toBe(false);
    expect(log.lines()).toContainEqual(expect.objectContaining({ outcome: "scheduled", failed: 0 }));
  });

  it("starts the others when one cannot be started, and fails in the end", async () => {
    const [broken, other] = [await library(), await library()];
    const started: string[] = [];
    const failing = scheduled({}, (id) => {
      if (id.startsWith(broken)) throw new Error("too many instances");
      started.push(id);
    });
    await expect(failing).rejects.toThrow("1 backups could not be started");
    expect(started).toContain(`${other}-20261121T14`);
    expect(log.lines()).toContainEqual({
      event: "backup",
      outcome: "not-started",
      databaseId: broken,
      error: "too many instances",
    });
  });

  it.each([
    ["API_TOKEN", { API_TOKEN: "" }],
    ["BACKUP_API_TOKEN", { BACKUP_API_BASE_URL: "https://api.cloudflare.com/client/v4" }],
    ["BACKUP_API_BASE_URL", { BACKUP_API_BASE_URL: "api.cloudflare.com", BACKUP_API_TOKEN: "x" }],
    ["BACKUPS", { BACKUPS: undefined }],
    ["BACKUP_WORKFLOW", { BACKUP_WORKFLOW: undefined }],
  ] as [string, Partial<BackupEnv>][])("says what is missing: %s", async (name, more) => {
    await library();
    const failing = scheduled(more).then(
      () => "",
      (error: Error) =>
        [error, ...(error instanceof AggregateError ? error.errors : [])].map(String).join("\n"),
    );
    expect(await failing).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it("starts a backup of every database of another API", async () => {
    const uuids = [crypto.randomUUID(), crypto.randomUUID()];
    playCloudflare(
      ({ path }) =>
        path.startsWith("/client/v4/accounts/cloudflares/d1/database?")
          ? uuids.map((uuid) => ({ uuid, name: "shop" }))
          : failure(404, 7003, "no route"),
      () => new Response(),
    );
    const started = await scheduled({
      ACCOUNT_ID: "cloudflares",
      BACKUP_API_BASE_URL: "https://cloudflare.test/client/v4/",
      BACKUP_API_TOKEN: "of-cloudflare",
    });
    expect([...started.keys()]).toEqual(uuids.map((uuid) => `${uuid}-20261121T14`));
  });
});

describe("a database that has not changed since its last backup", () => {
  it("is not backed up again until it has", async () => {
    const uuid = await library();
    await backUp(paramsOf(uuid));
    expect(await startedFor(uuid)).toBe(false);
    await rowsOf(uuid, "SELECT * FROM book");
    expect(await startedFor(uuid)).toBe(false);
    await rowsOf(uuid, "INSERT INTO book VALUES ('b')");
    expect(await startedFor(uuid)).toBe(true);
  });

  it("is backed up once more at most after restarts", async () => {
    const uuid = await library();
    await backUp(paramsOf(uuid));
    await abortAllDurableObjects();
    // The state is that of the life before, which the new one words in another way.
    if (await startedFor(uuid)) await backUp(paramsOf(uuid));
    for (let restart = 0; restart < 3; restart++) {
      await abortAllDurableObjects();
      expect(await startedFor(uuid)).toBe(false);
    }
    await rowsOf(uuid, "INSERT INTO book VALUES ('b')");
    await abortAllDurableObjects();
    expect(await startedFor(uuid)).toBe(true);
  });

  it("is backed up when Time Travel may have taken it back, to a state that has the same bookmark", async () => {
    const uuid = await library();
    await backUp(paramsOf(uuid));
    // A local platform refuses it, and that it was asked for is noted all the same.
    await rest("POST", `${databasesPath}/${uuid}/time_travel/restore?timestamp=2026-11-20T00:00:00Z`);
    await rest(
      "POST",
      `${databasesPath}/${uuid}/time_travel/restore?bookmark=${"0".repeat(8)}-${"0".repeat(8)}-${"0".repeat(8)}-${"0".repeat(32)}`,
    );
    expect(await startedFor(uuid)).toBe(true);
    await backUp(paramsOf(uuid));
    expect(await startedFor(uuid)).toBe(false);
  });

  it("is backed up when its state cannot be told", async () => {
    const uuid = await library();
    await backUp(paramsOf(uuid));
    const info = vi.spyOn(Database.prototype, "info").mockRejectedValue(new Error("busy"));
    expect(await startedFor(uuid)).toBe(true);
    expect(info).toHaveBeenCalled();
  });

  it("is backed up when its last backup is gone", async () => {
    const uuid = await library();
    const { backup } = await backUp(paramsOf(uuid));
    await store.delete(uuid, [backup.id]);
    expect(await startedFor(uuid)).toBe(true);
  });
});
