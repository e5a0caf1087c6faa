import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { gzipKey, newBackupId } from "../../src/backup/backup-files.ts";
import { BackupStore } from "../../src/backup/backup-store.ts";
import { createDatabase, databasesPath, rest, rowsOf } from "../http/rest-client.ts";
import { keysOf, sqlOf, stored } from "./backups.ts";
import { backUp, failToBackUp, paramsOf, steps, watchLog } from "./instances.ts";

const store = new BackupStore(env.BACKUPS);

/** All R2 buckets of the isolate are of one class. */
const bucketClass = Object.getPrototypeOf(env.BACKUPS) as R2Bucket;

async function library(): Promise<string> {
  const { uuid } = await createDatabase(`library-${crypto.randomUUID()}`);
  await rowsOf(uuid, "CREATE TABLE book (title TEXT); INSERT INTO book VALUES ('a'), ('b')");
  return uuid;
}

async function exportsOf(uuid: string): Promise<number> {
  return (await env.DUMPS.list({ prefix: `exports/${uuid}/` })).objects.length;
}

/** Lets R2 fail for what `isHit` says, as often as `times`. */
function failR2(times: number, isHit: (key: string) => boolean) {
  const put = bucketClass.put;
  let failures = 0;
  vi.spyOn(bucketClass, "put").mockImplementation(function (this: R2Bucket, ...args: unknown[]) {
    if (isHit(String(args[0])) && failures < times) {
      failures++;
      return Promise.reject(new Error("put: R2 is down (10001)"));
    }
    return Reflect.apply(put, this, args);
  } as never);
  return { failures: () => failures };
}

let log: ReturnType<typeof watchLog>;

beforeEach(() => {
  log = watchLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the Workflow of a backup", () => {
  it.each([
    [
      "the database is not there",
      () => ({ accountId: env.ACCOUNT_ID, databaseId: crypto.randomUUID() }),
      "could not be found",
    ],
    [
      "the account is another one",
      () => ({ accountId: "another", databaseId: env.DATABASE_ID }),
      "not authorized",
    ],
    ["a parameter is missing", () => ({ databaseId: env.DATABASE_ID }), "{ accountId, databaseId }"],
    ["there are no parameters", () => undefined, "{ accountId, databaseId }"],
  ])("ends at once when %s, says so, and logs it", async (_what, params, message) => {
    expect(await failToBackUp(params() as never)).toContain(message);
    expect(log.lines()).toContainEqual(
      expect.objectContaining({
        event: "backup",
        outcome: "failed",
        error: expect.stringContaining(message),
      }),
    );
  });

  it.each(Object.entries(steps))("goes on when the step to %s fails twice", async (_name, step) => {
    const uuid = await library();
    const { backup } = await backUp(paramsOf(uuid), {
      modify: (modifier) => modifier.mockStepError(step, new Error("connection lost"), 2),
    });
    expect(await store.ids(uuid)).toEqual([backup.id]);
    // What came before the step was not repeated.
    expect(await exportsOf(uuid)).toBe(1);
    expect(await sqlOf(backup)).toContain("('a'),\n('b')");
  });

  it.each([steps.start, steps.store])("fails when the step to $name always does", async (step) => {
    const uuid = await library();
    const message = await failToBackUp(paramsOf(uuid), {
      modify: (modifier) => modifier.mockStepError(step, new Error("connection lost")),
    });
    expect(message).toContain("connection lost");
    expect(await keysOf(uuid)).toEqual([]);
    expect(log.lines()).toContainEqual(
      expect.objectContaining({
        outcome: "failed",
        databaseId: uuid,
        error: expect.stringContaining("connection lost"),
      }),
    );
  });

  it("goes on when a step times out", async () => {
    const uuid = await library();
    const { backup } = await backUp(paramsOf(uuid), {
      modify: async (modifier) => {
        await modifier.forceStepTimeout(steps.store, 1);
      },
    });
    expect(await store.ids(uuid)).toEqual([backup.id]);
  });

  it("has its backup when it cannot delete the old ones, and logs that", async () => {
    const uuid = await library();
    const { backup, deleted } = await backUp(paramsOf(uuid), {
      modify: (modifier) => modifier.mockStepError(steps.prune, new Error("R2 is down")),
    });
    expect([await store.ids(uuid), deleted]).toEqual([[backup.id], []]);
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ outcome: "not-pruned", error: expect.stringContaining("R2 is down") }),
    );
  });

  it.each([
    ["the file", ".sql.gz"],
    ["the manifest", ".json"],
  ])("goes on when R2 fails twice with %s, with one backup in the end", async (_what, ending) => {
    const uuid = await library();
    const r2 = failR2(2, (key) => key.startsWith(`backups/${uuid}/`) && key.endsWith(ending));
    const { backup } = await backUp(paramsOf(uuid));
    expect(r2.failures()).toBe(2);
    expect(await store.ids(uuid)).toEqual([backup.id]);
    expect(await keysOf(uuid)).toHaveLength(2);
    const attempts = log.lines().filter(({ outcome }) => outcome === "step-failed");
    expect(attempts).toEqual(Array(2).fill(attempts[0]));
    expect(attempts[0]).toMatchObject({
      databaseId: uuid,
      step: steps.store.name,
      error: expect.stringContaining("R2 is down"),
    });
    expect(log.errors()).toEqual([]);
  });

  it("fails when R2 always does, and no half backup is listed", async () => {
    const uuid = await library();
    const { backup } = await backUp(paramsOf(uuid));
    failR2(Number.POSITIVE_INFINITY, (key) => key.startsWith(`backups/${uuid}/`) && key.endsWith(".json"));
    expect(await failToBackUp(paramsOf(uuid))).toContain("R2 is down");
    expect(await store.ids(uuid)).toEqual([backup.id]);
  });

  it("starts another export when R2 has failed for the first", async () => {
    const uuid = await library();
    const r2 = failR2(1, (key) => key.startsWith(`exports/${uuid}/`));
    const { backup } = await backUp(paramsOf(uuid));
    expect(r2.failures()).toBe(1);
    expect(await store.ids(uuid)).toEqual([backup.id]);
  });

  it("fails when every export does, with the reason of the last one", async () => {
    const uuid = await library();
    failR2(Number.POSITIVE_INFINITY, (key) => key.startsWith(`exports/${uuid}/`));
    expect(await failToBackUp(paramsOf(uuid))).toMatch(/3 exports have failed.*R2 is down/);
  });

  it("starts another export when the database has restarted, and does not know the first any more", async () => {
    const uuid = await library();
    const { backup } = await backUp(paramsOf(uuid), {
      modify: (modifier) =>
        modifier.mockStepResult(steps.start, {
          uuid,
          name: "library",
          atBookmark: crypto.randomUUID(),
          startedAt: new Date().toISOString(),
        }),
    });
    expect(await store.ids(uuid)).toEqual([backup.id]);
    expect(await exportsOf(uuid)).toBe(1);
  });

  it("starts another export when the file is gone before it is stored", async () => {
    const uuid = await library();
    const { answer } = await rest<{ at_bookmark: string; status: string }>(
      "POST",
      `${databasesPath}/${uuid}/export`,
      {
        output_format: "polling",
      },
    );
    expect(answer.result.status).toBe("complete");
    const [file] = (await env.DUMPS.list({ prefix: `exports/${uuid}/` })).objects;
    await env.DUMPS.delete(file!.key);
    const { backup } = await backUp(paramsOf(uuid), {
      modify: (modifier) =>
        modifier.mockStepResult(steps.start, {
          uuid,
          name: "library",
          atBookmark: answer.result.at_bookmark,
          startedAt: new Date().toISOString(),
        }),
    });
    expect(await store.ids(uuid)).toEqual([backup.id]);
  });

  it("tells what it has stored", async () => {
    const uuid = await library();
    const { backup, deleted } = await backUp({ ...paramsOf(uuid), reason: "schedule" }, { id: "told" });
    const sql = await sqlOf(backup);
    expect(deleted).toEqual([]);
    expect(await store.get(uuid, backup.id)).toEqual(backup);
    expect(backup).toMatchObject({
      id: await newBackupId(Date.parse(backup.taken_at), "told"),
      database_uuid: uuid,
      database_name: expect.stringMatching(/^library-/),
      reason: "schedule",
      sql_bytes: new TextEncoder().encode(sql).length,
      tables: [{ name: "book", rows: 2 }],
    });
    const { result } = (await rest<{ bookmark: string }>("GET", `${databasesPath}/${uuid}?fields=bookmark`))
      .answer;
    expect(backup.bookmark).toBe(result.bookmark);
    expect(log.lines()).toContainEqual(
      expect.objectContaining({
        outcome: "stored",
        databaseId: uuid,
        instanceId: "told",
        backupId: backup.id,
      }),
    );
  });

  it("deletes what the policy keeps no longer, and the rests of others that failed", async () => {
    const uuid = await library();
    const old: string[] = [];
    for (let minute = 10; minute < 14; minute++) {
      const taken_at = `2026-01-01T10:${minute}:00.000Z`;
      old.push((await stored(`-- ${minute}`, { database_uuid: uuid, taken_at })).id);
    }
    const { backup, deleted } = await backUp(paramsOf(uuid));
    // All of one hour: the last one is kept.
    expect(deleted.toSorted()).toEqual(old.slice(0, 3));
    expect(await store.ids(uuid)).toEqual([backup.id, old[3]]);
    expect(await env.BACKUPS.head(gzipKey(uuid, old[0]!))).toBeNull();
  });

  it("backs up the configured database, too, by its name", async () => {
    const { backup } = await backUp(paramsOf(env.DATABASE_NAME));
    expect(backup).toMatchObject({ database_uuid: env.DATABASE_ID, database_name: env.DATABASE_NAME });
  });
});
