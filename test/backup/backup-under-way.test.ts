import { introspectWorkflowInstance } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BackupStore } from "../../src/backup/backup-store.ts";
import { connect } from "../../src/client/connect.ts";
import { createDatabase, rowsOf } from "../http/rest-client.ts";
import { sqlOf } from "./backups.ts";
import { backUp, paramsOf, watchLog } from "./instances.ts";

const store = new BackupStore(env.BACKUPS);

beforeEach(() => {
  watchLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function newDatabase(sql: string): Promise<string> {
  const { uuid } = await createDatabase(`under-way-${crypto.randomUUID()}`);
  await rowsOf(uuid, sql);
  return uuid;
}

describe("a backup that is taken while clients write", () => {
  const accounts = 10;
  const total = accounts * 100;

  it("is one committed state, between one transfer and the next", async () => {
    const uuid = await newDatabase(`
      CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);
      CREATE TABLE transfer (id INTEGER PRIMARY KEY, source INTEGER, target INTEGER, amount INTEGER);
      CREATE TABLE padding (text TEXT);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
        INSERT INTO padding SELECT hex(zeroblob(50)) || i FROM n;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${accounts})
        INSERT INTO account SELECT i, 100 FROM n;
    `);
    let isOver = false;
    let transfers = 0;
    const db = connect(env.DB.getByName(uuid));
    const take = db.prepare("UPDATE account SET balance = balance - 1 WHERE id = ?");
    const give = db.prepare("UPDATE account SET balance = balance + 1 WHERE id = ?");
    const note = db.prepare("INSERT INTO transfer (source, target, amount) VALUES (?, ?, 1)");
    const client = async (number: number) => {
      for (let turn = 0; !isOver; turn++) {
        const [source, target] = [1 + (number % accounts), 1 + ((number + turn + 1) % accounts)];
        await db.batch([take.bind(source), give.bind(target), note.bind(source, target)]);
        transfers++;
        // All share the thread of the tests, and so does the Workflow.
        await scheduler.wait(20);
      }
    };
    const clients = Array.from({ length: 64 }, (_, number) => client(number));
    await vi.waitUntil(() => transfers > 64, { timeout: 60_000, interval: 5 });
    const before = transfers;
    const { backup } = await backUp(paramsOf(uuid));
    const after = transfers;
    isOver = true;
    await Promise.all(clients);

    const copy = await newDatabase(await sqlOf(backup));
    const [sum, count, wrong] = await rowsOf(
      copy,
      `SELECT sum(balance) AS sum FROM account;
       SELECT count(*) AS count FROM transfer;
       SELECT id FROM account WHERE balance <> 100
         + (SELECT coalesce(sum(amount), 0) FROM transfer WHERE target = account.id)
         - (SELECT coalesce(sum(amount), 0) FROM transfer WHERE source = account.id)`,
    );
    expect([sum, wrong]).toEqual([[{ sum: total }], []]);
    const [{ count: stored }] = count as [{ count: number }];
    expect(backup.tables).toContainEqual({ name: "transfer", rows: stored });
    expect(stored).toBeGreaterThanOrEqual(before);
    // Each client may have one more that was done, and of which it had not heard.
    expect(stored).toBeLessThanOrEqual(after + 64);
  });
});

describe("an instance that is paused", () => {
  it("goes on where it was when it is resumed", async () => {
    const uuid = await newDatabase("CREATE TABLE t (x)");
    // R2 takes its time, so that there is a time to pause in.
    const bucketClass = Object.getPrototypeOf(env.BACKUPS) as R2Bucket;
    const put = bucketClass.put;
    let isAsked = false;
    let isSlow = true;
    vi.spyOn(bucketClass, "put").mockImplementation(async function (this: R2Bucket, ...args: unknown[]) {
      if (String(args[0]).startsWith(`backups/${uuid}/`)) {
        isAsked = true;
        // Not a promise of the test: one event does not wait for what another one settles.
        while (isSlow) await scheduler.wait(5);
      }
      return Reflect.apply(put, this, args);
    } as never);

    const id = `paused-${uuid}`;
    await using instance = await introspectWorkflowInstance(env.BACKUP_WORKFLOW, id);
    await env.BACKUP_WORKFLOW.create({ id, params: paramsOf(uuid) });
    await vi.waitUntil(() => isAsked, { timeout: 60_000, interval: 5 });
    const handle = await env.BACKUP_WORKFLOW.get(id);
    await handle.pause();
    isSlow = false;
    await instance.waitForStatus("paused");
    expect(await store.ids(uuid)).toHaveLength(1);

    await handle.resume();
    await instance.waitForStatus("complete");
    expect(await instance.getOutput()).toMatchObject({ backup: { database_uuid: uuid }, deleted: [] });
    expect(await store.ids(uuid)).toHaveLength(1);
    const { objects } = await env.DUMPS.list({ prefix: `exports/${uuid}/` });
    expect(objects).toHaveLength(1);
  });
});
