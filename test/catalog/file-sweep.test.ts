import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { deleteAllFiles, deleteExpiredFiles } from "../../src/catalog/file-sweep.ts";
import { catalogName } from "../../src/catalog-protocol.ts";
import { exportTtlMs, uploadTtlMs } from "../../src/limits.ts";

const catalog = () => env.CATALOG.getByName(catalogName);

async function keys(): Promise<string[]> {
  return (await env.DUMPS.list()).objects.map(({ key }) => key);
}

beforeEach(() => deleteAllFiles(env.DUMPS, ""));

describe("the sweep of SQL files", () => {
  it("deletes uploads and exports when their time has come, each after its own, and nothing else", async () => {
    for (const key of ["imports/a/1.sql", "exports/a/2.sql", "backups/3.sql", "imports"]) {
      await env.DUMPS.put(key, "x");
    }
    const { uploaded } = (await env.DUMPS.head("exports/a/2.sql"))!;
    const laterBy = (ms: number) => deleteExpiredFiles(env.DUMPS, uploaded.getTime() + ms);

    expect(await laterBy(exportTtlMs - 1000)).toBe(2);
    expect(await keys()).toHaveLength(4);
    expect(await laterBy(exportTtlMs)).toBe(1);
    expect(await keys()).toEqual(["backups/3.sql", "imports", "imports/a/1.sql"]);
    expect(await laterBy(uploadTtlMs + 60_000)).toBe(0);
    expect(await keys()).toEqual(["backups/3.sql", "imports"]);
  });

  it("goes through more files than one page of R2 has", async () => {
    const names = Array.from({ length: 1_005 }, (_, index) => `imports/many/${index}.sql`);
    await Promise.all(names.map((name) => env.DUMPS.put(name, "")));
    expect(await deleteExpiredFiles(env.DUMPS, Date.now())).toBe(1_005);
    expect(await deleteExpiredFiles(env.DUMPS, Date.now() + 2 * uploadTtlMs)).toBe(0);
    expect(await keys()).toEqual([]);
  });

  it("is repeated by the alarm as long as files remain, and ends then", async () => {
    const alarm = () => runInDurableObject(catalog(), (_catalog, state) => state.storage.getAlarm());
    expect(await alarm()).toBeNull();
    await env.DUMPS.put("imports/a/1.sql", "x");
    await catalog().sweepLater();
    expect(await alarm()).toBeGreaterThan(Date.now());

    expect(await runDurableObjectAlarm(catalog())).toBe(true);
    expect(await keys()).toEqual(["imports/a/1.sql"]);
    expect(await alarm()).toBeGreaterThan(Date.now());

    await env.DUMPS.delete("imports/a/1.sql");
    expect(await runDurableObjectAlarm(catalog())).toBe(true);
    expect(await alarm()).toBeNull();
  });

  it("is not put off by those who ask for it again", async () => {
    const alarm = () => runInDurableObject(catalog(), (_catalog, state) => state.storage.getAlarm());
    await catalog().sweepLater();
    const first = await alarm();
    await scheduler.wait(5);
    await catalog().sweepLater();
    expect(await alarm()).toBe(first);
  });
});
