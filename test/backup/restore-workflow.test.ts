import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Backup } from "../../src/backup/backup.ts";
import { gzipKey, manifestKey } from "../../src/backup/backup-files.ts";
import { BackupStore } from "../../src/backup/backup-store.ts";
import { createDatabase, databasesPath, rest, rowsOf } from "../http/rest-client.ts";
import { sqlOf, stored } from "./backups.ts";
import { failToRestore, restore, restoreParamsOf, restoreSteps, watchLog } from "./instances.ts";

const store = new BackupStore(env.BACKUPS);

/** A database with a backup of two books, to which a third came later. */
async function library(): Promise<{ uuid: string; name: string; backup: Backup }> {
  const { uuid, name } = await createDatabase(`library-${crypto.randomUUID()}`);
  const sql = "CREATE TABLE book (title TEXT); INSERT INTO book VALUES ('a'), ('b');";
  await rowsOf(uuid, `${sql} INSERT INTO book VALUES ('later')`);
  const tables = [{ name: "book", rows: 2 }];
  return { uuid, name, backup: await stored(sql, { database_uuid: uuid, tables }) };
}

async function titles(uuid: string): Promise<unknown[]> {
  const [rows] = await rowsOf(uuid, "SELECT title FROM book ORDER BY rowid");
  return (rows as { title: string }[]).map(({ title }) => title);
}

/** The backup that undoes a restore. */
async function safetyTitles(uuid: string, id: string | null): Promise<string[]> {
  const backup = await store.get(uuid, id!);
  expect(backup.reason).toBe("before-restore");
  const sql = await sqlOf(backup);
  return [...sql.matchAll(/\('([^']*)'\)/g)].map(([, title]) => title!);
}

/** What objects of a database there are beside the first one, and hold something. */
async function filledObjects(uuid: string, ids: string[]): Promise<string[]> {
  const filled: string[] = [];
  for (const id of ids) {
    const { numTables } = await env.DB.getByName(`${uuid}@${id}`).info();
    if (numTables > 0) filled.push(id);
  }
  return filled;
}

/** Does something right after the next manifest of a backup is written. */
function afterSafetyBackup(work: () => Promise<unknown>): void {
  const bucketClass = Object.getPrototypeOf(env.BACKUPS) as R2Bucket;
  const put = bucketClass.put;
  const spy = vi.spyOn(bucketClass, "put").mockImplementation(async function (
    this: R2Bucket,
    ...args: unknown[]
  ) {
    const result = await Reflect.apply(put, this, args);
    if (String(args[0]).endsWith(".json")) {
      spy.mockRestore();
      await work();
    }
    return result;
  } as never);
}

let log: ReturnType<typeof watchLog>;

beforeEach(() => {
  log = watchLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a restore that cannot be", () => {
  it.each([
    ["there are no parameters", undefined],
    ["a parameter is missing", { backup: { databaseId: "a", id: "b" }, into: { databaseId: "a" } }],
  ])("fails at once when %s, and says what they are", async (_what, params) => {
    expect(await failToRestore(params as never)).toContain("{ backup: { databaseId, id }, into:");
  });

  it("fails at once for a backup that is not there", async () => {
    const { uuid, backup } = await library();
    const missing = { ...backup, id: "20200101T000000000Z-00000000" };
    expect(await failToRestore(restoreParamsOf(missing))).toContain("There is no backup 20200101T");
    expect(await titles(uuid)).toEqual(["a", "b", "later"]);
  });

  it.each([
    ["is gone", async (key: string) => env.BACKUPS.delete(key)],
    ["is cut off", async (key: string, bytes: Uint8Array) => env.BACKUPS.put(key, bytes.slice(0, -9))],
    [
      "has another byte",
      async (key: string, bytes: Uint8Array) =>
        env.BACKUPS.put(
          key,
          bytes.map((byte, index) => (index === 20 ? byte ^ 1 : byte)),
        ),
    ],
  ])("touches nothing when the file of the backup %s", async (_what, damage) => {
    const { uuid, backup } = await library();
    const key = gzipKey(uuid, backup.id);
    await damage(key, new Uint8Array(await (await env.BACKUPS.get(key))!.arrayBuffer()));
    const id = crypto.randomUUID();
    expect(await failToRestore(restoreParamsOf(backup), { id })).toContain("is damaged");
    expect(await titles(uuid)).toEqual(["a", "b", "later"]);
    expect(await filledObjects(uuid, [id])).toEqual([]);
    expect(await store.ids(uuid)).toEqual([backup.id]);
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ event: "restore", outcome: "failed", databaseId: uuid, backupId: backup.id }),
    );
  });

  it("changes nothing when the SQL of the backup fails in the middle", async () => {
    const { uuid } = await library();
    const backup = await stored("CREATE TABLE book (title TEXT); INSERT INTO book VALUES (nonsense);", {
      database_uuid: uuid,
    });
    const id = crypto.randomUUID();
    const message = await failToRestore(restoreParamsOf(backup), { id });
    expect(message).toMatch(/^Nothing was changed: .*no such column: nonsense/);
    expect(await titles(uuid)).toEqual(["a", "b", "later"]);
    expect(await filledObjects(uuid, [id])).toEqual([]);
  });

  it("changes nothing when fewer rows came back than the backup says that it has", async () => {
    const { uuid, backup } = await library();
    const wrong = { ...backup, tables: [{ name: "book", rows: 3 }] };
    await env.BACKUPS.put(manifestKey(uuid, backup.id), JSON.stringify(wrong));
    const id = crypto.randomUUID();
    expect(await failToRestore(restoreParamsOf(backup), { id })).toContain(
      "3 rows of the table book, and 2 of them were restored",
    );
    expect(await titles(uuid)).toEqual(["a", "b", "later"]);
    expect(await filledObjects(uuid, [id])).toEqual([]);
  });

  const stepsBefore = Object.values(restoreSteps).filter((step) => step !== restoreSteps.tidyUp);

  it.each(stepsBefore)("changes nothing when the step to $name always fails", async (step) => {
    const { uuid, backup } = await library();
    const id = crypto.randomUUID();
    const message = await failToRestore(restoreParamsOf(backup), {
      id,
      modify: (modifier) => modifier.mockStepError(step, new Error("connection lost")),
    });
    expect(message).toContain("connection lost");
    expect(await titles(uuid)).toEqual(["a", "b", "later"]);
    await rowsOf(uuid, "INSERT INTO book VALUES ('still writable')");
    expect(await filledObjects(uuid, [id])).toEqual([]);
  });

  it("deletes the database that was created for it", async () => {
    const { backup } = await library();
    const created = await createDatabase(`snapshot-${crypto.randomUUID()}`);
    await env.BACKUPS.delete(gzipKey(backup.database_uuid, backup.id));
    await failToRestore(restoreParamsOf(backup, { databaseId: created.uuid, created: true }));
    expect((await rest("GET", `${databasesPath}/${created.uuid}`)).status).toBe(404);
  });

  it("fails when the database is deleted meanwhile, and leaves nothing of it", async () => {
    const { uuid, backup } = await library();
    const id = crypto.randomUUID();
    afterSafetyBackup(() => rest("DELETE", `${databasesPath}/${uuid}`));
    expect(await failToRestore(restoreParamsOf(backup), { id })).toContain("was deleted meanwhile");
    expect(await filledObjects(uuid, [id])).toEqual([]);
  });
});

describe("a restore", () => {
  it("reads a backup of several megabytes", async () => {
    const { uuid } = await library();
    const row = `INSERT INTO book VALUES ('${"x".repeat(400)}');\n`;
    const backup = await stored(`CREATE TABLE book (title TEXT);\n${row.repeat(10_000)}`, {
      database_uuid: uuid,
      tables: [{ name: "book", rows: 10_000 }],
    });
    await restore(restoreParamsOf(backup));
    expect(await titles(uuid)).toHaveLength(10_000);
  });

  it("that is started again by its instance does nothing to the database", async () => {
    const { uuid, backup } = await library();
    const instance = await env.RESTORE_WORKFLOW.create({ params: restoreParamsOf(backup) });
    const hasStatus = (status: string) =>
      expect.poll(async () => (await instance.status()).status).toBe(status);
    await hasStatus("complete");
    await rowsOf(uuid, "INSERT INTO book VALUES ('after it')");
    await instance.restart();
    await hasStatus("errored");
    expect(await titles(uuid)).toEqual(["a", "b", "after it"]);
  });

  it("says that the database was restored when only what comes after it fails", async () => {
    const { uuid, backup } = await library();
    const message = await failToRestore(restoreParamsOf(backup), {
      modify: (modifier) => modifier.mockStepError(restoreSteps.tidyUp, new Error("connection lost")),
    });
    expect(message).toBe("The database was restored, but: connection lost");
    expect(await titles(uuid)).toEqual(["a", "b"]);
    const [safety] = await store.ids(uuid);
    expect(await safetyTitles(uuid, safety!)).toEqual(["a", "b", "later"]);
  });

  it("leaves no file of its own", async () => {
    const { uuid, backup } = await library();
    await restore(restoreParamsOf(backup));
    const prefix = `restores/${uuid}/`;
    expect((await env.DUMPS.list({ prefix })).objects).toEqual([]);
    await env.BACKUPS.delete(gzipKey(uuid, backup.id));
    await failToRestore(restoreParamsOf(backup));
    expect((await env.DUMPS.list({ prefix })).objects).toEqual([]);
  });

  it("makes the database what the backup is, says what it did, and can be undone", async () => {
    const { uuid, name, backup } = await library();
    const report = await restore(restoreParamsOf(backup, { name }));
    expect(report).toMatchObject({
      backup_id: backup.id,
      backup_database_uuid: uuid,
      taken_at: backup.taken_at,
      database_uuid: uuid,
      database_name: name,
      created: false,
      tables: [{ name: "book", rows: 2 }],
    });
    expect(report.num_queries).toBeGreaterThan(0);
    expect(await titles(uuid)).toEqual(["a", "b"]);
    expect(await safetyTitles(uuid, report.safety_backup_id)).toEqual(["a", "b", "later"]);
    expect(log.lines()).toContainEqual(expect.objectContaining({ event: "restore", outcome: "restored" }));

    const safety = await store.get(uuid, report.safety_backup_id!);
    await restore(restoreParamsOf(safety, { name }));
    expect(await titles(uuid)).toEqual(["a", "b", "later"]);
  });

  it.each(Object.values(restoreSteps))("goes on when the step to $name fails twice", async (step) => {
    const { uuid, backup } = await library();
    const report = await restore(restoreParamsOf(backup), {
      modify: (modifier) => modifier.mockStepError(step, new Error("connection lost"), 2),
    });
    expect(await titles(uuid)).toEqual(["a", "b"]);
    expect(await safetyTitles(uuid, report.safety_backup_id)).toEqual(["a", "b", "later"]);
  });

  it("has what was written until the switch in its safety backup", async () => {
    const { uuid, backup } = await library();
    afterSafetyBackup(() => rowsOf(uuid, "INSERT INTO book VALUES ('in the last moment')"));
    const report = await restore(restoreParamsOf(backup));
    expect(await titles(uuid)).toEqual(["a", "b"]);
    expect(await safetyTitles(uuid, report.safety_backup_id)).toEqual([
      "a",
      "b",
      "later",
      "in the last moment",
    ]);
  });

  it("lets readers read all the time, the old state and then the new one", async () => {
    const { uuid, backup } = await library();
    const seen: string[] = [];
    let isOver = false;
    const read = async () => {
      while (!isOver) {
        seen.push((await titles(uuid)).join());
        await scheduler.wait(1);
      }
    };
    const readers = [read(), read(), read()];
    const hasSeen = (state: string) => expect.poll(() => seen).toContain(state);
    await hasSeen("a,b,later");
    await restore(restoreParamsOf(backup));
    await hasSeen("a,b");
    isOver = true;
    await Promise.all(readers);
    expect(new Set(seen)).toEqual(new Set(["a,b,later", "a,b"]));
    expect(await titles(uuid)).toEqual(["a", "b"]);
  });

  it("is possible into another database, of which it keeps a backup", async () => {
    const { uuid, backup } = await library();
    const other = await createDatabase(`other-${crypto.randomUUID()}`);
    await rowsOf(other.uuid, "CREATE TABLE book (title TEXT); INSERT INTO book VALUES ('of the other')");
    const report = await restore(restoreParamsOf(backup, { databaseId: other.uuid, name: other.name }));
    expect(await titles(other.uuid)).toEqual(["a", "b"]);
    expect(await titles(uuid)).toEqual(["a", "b", "later"]);
    expect(await safetyTitles(other.uuid, report.safety_backup_id)).toEqual(["of the other"]);
  });

  it("needs no safety backup of an empty database", async () => {
    const { backup } = await library();
    const empty = await createDatabase(`empty-${crypto.randomUUID()}`);
    const report = await restore(restoreParamsOf(backup, { databaseId: empty.uuid, created: true }));
    expect(report).toMatchObject({ created: true, safety_backup_id: null });
    expect(await titles(empty.uuid)).toEqual(["a", "b"]);
    expect(await store.ids(empty.uuid)).toEqual([]);
  });

  it("is possible again and again, and the last object is one hop away", async () => {
    const { uuid, backup } = await library();
    for (let times = 0; times < 4; times++) {
      await restore(restoreParamsOf(backup));
      await rowsOf(uuid, "INSERT INTO book VALUES ('written after it')");
    }
    const [last] = (await env.DB.getByName(uuid).successors()).slice(-1);
    const { results } = await env.DB.getByName(last!).query({
      queries: [{ sql: "SELECT count(*) AS n FROM book", params: [] }],
    });
    expect(results.queryResults).toHaveLength(1);
    expect(await titles(uuid)).toEqual(["a", "b", "written after it"]);
    expect(await env.DB.getByName(uuid).successors()).toHaveLength(4);
  });

  it("is followed by the deletion of all the objects there were", async () => {
    const { uuid, backup } = await library();
    await restore(restoreParamsOf(backup));
    await restore(restoreParamsOf(backup));
    const objects = await env.DB.getByName(uuid).successors();
    await rest("DELETE", `${databasesPath}/${uuid}`);
    for (const name of objects) {
      const info = async () => env.DB.getByName(name).info();
      await expect(info()).rejects.toMatchObject({ code: "MOVED", generation: uuid });
    }
  });
});
