import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Backup } from "../../src/backup/backup.ts";
import { RestoreSteps } from "../../src/backup/restore-steps.ts";
import { catalogName } from "../../src/catalog-protocol.ts";
import { connect } from "../../src/client/connect.ts";
import { DatabaseGenerations } from "../../src/database-generations.ts";
import { createDatabase, rowsOf } from "../http/rest-client.ts";
import { stored } from "./backups.ts";
import { restoreParamsOf } from "./instances.ts";

/** A restore of three books into a database with one. */
async function restoreOfBooks(
  sql = "CREATE TABLE book (title TEXT); INSERT INTO book VALUES ('a'), ('b'), ('c');",
  tables: Backup["tables"] = null,
) {
  const { uuid } = await createDatabase(`library-${crypto.randomUUID()}`);
  await rowsOf(uuid, "CREATE TABLE book (title TEXT); INSERT INTO book VALUES ('old')");
  const backup = await stored(sql, { database_uuid: uuid, tables });
  return { uuid, backup, ...restoreOf(backup) };
}

function restoreOf(backup: Backup) {
  const id = crypto.randomUUID();
  const steps = new RestoreSteps(env, id, restoreParamsOf(backup));
  const nextName = `${backup.database_uuid}@${id}`;
  return { steps, nextName, next: env.DB.getByName(nextName) };
}

async function crash(object: DurableObjectStub): Promise<void> {
  await runInDurableObject(object, (_, state) => state.abort("crash")).catch(() => {});
}

/** The object crashes while it reads the next file from R2. From inside: nothing else reaches it in a transaction. */
async function crashWhenReading(object: DurableObjectStub): Promise<void> {
  const abort = await runInDurableObject(object, (_, state) => () => state.abort("crash"));
  const get = vi.spyOn(Object.getPrototypeOf(env.BACKUPS) as R2Bucket, "get");
  get.mockImplementationOnce((async () => {
    const body = new ReadableStream({ type: "bytes", pull: abort });
    return { size: 1, body };
  }) as never);
}

/** Fills the new object. Resolves to the id of the import. */
async function filled(steps: RestoreSteps): Promise<string> {
  const id = await steps.fill();
  expect(await steps.waitUntilFilled(id)).toMatchObject({ ended: "complete" });
  return id;
}

async function count(uuid: string): Promise<unknown> {
  const [rows] = await rowsOf(uuid, "SELECT count(*) AS n FROM book");
  return (rows as { n: number }[])[0]!.n;
}

async function tablesOf(object: DurableObjectStub<import("../worker.ts").Database>): Promise<number> {
  return (await object.info()).numTables;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a crash in a restore", () => {
  it("while the new object is filled leaves the old data, and the filling can start anew", async () => {
    const { uuid, steps, next } = await restoreOfBooks();
    const start = await steps.verify();
    await crashWhenReading(next);
    await expect(steps.fill()).rejects.toThrow("crash");
    expect(await count(uuid)).toBe(1);

    const again = await steps.fill();
    expect(await steps.waitUntilFilled(again)).toEqual({ ended: "complete", numQueries: 2 });
    await steps.switchOver(start, again);
    expect(await count(uuid)).toBe(3);
  });

  it("of the old object before the switch leaves the old data, and the switch can be repeated", async () => {
    const { uuid, steps } = await restoreOfBooks();
    const start = await steps.verify();
    const importId = await filled(steps);
    await crash(env.DB.getByName(uuid));
    expect(await count(uuid)).toBe(1);
    await steps.switchOver(start, importId);
    expect(await count(uuid)).toBe(3);
  });

  it("right after the switch loses nothing, and the switch can be repeated", async () => {
    const { uuid, steps, next } = await restoreOfBooks();
    const start = await steps.verify();
    const importId = await filled(steps);
    await steps.switchOver(start, importId);
    await crash(env.DB.getByName(uuid));
    await crash(next);
    expect(await count(uuid)).toBe(3);
    await rowsOf(uuid, "INSERT INTO book VALUES ('after it')");
    expect(await steps.switchOver(start, importId)).toHaveProperty("restoredAt");
    expect(await count(uuid)).toBe(4);
    expect(await steps.undo(start)).not.toBeNull();
    expect(await count(uuid)).toBe(4);
  });
});

describe("a step of a restore that comes again, or late", () => {
  it("switches no more when the restore was given up", async () => {
    const { uuid, steps, nextName } = await restoreOfBooks();
    const start = await steps.verify();
    const importId = await filled(steps);
    expect(await steps.undo(start)).toBeNull();
    const late = async () => env.DB.getByName(uuid).endWith(nextName);
    await expect(late()).rejects.toThrow("this restore was given up");
    await expect(steps.switchOver(start, importId)).rejects.toThrow("has filled nothing here");
    expect(await count(uuid)).toBe(1);
  });

  it("gives nothing up when the switch was done, and nobody had heard of it", async () => {
    const { uuid, steps } = await restoreOfBooks(undefined, [{ name: "book", rows: 3 }]);
    const start = await steps.verify();
    const importId = await filled(steps);
    await steps.compare(start);
    const { bookmark } = await steps.switchOver(start, importId);
    await rowsOf(uuid, "INSERT INTO book VALUES ('after it')");
    expect(await steps.undo(start)).toMatchObject({ bookmark });
    expect(await steps.switchOver(start, importId)).toMatchObject({ bookmark });
    expect(await count(uuid)).toBe(4);
  });

  it("does nothing in an instance that has restored the database before", async () => {
    const { uuid, steps } = await restoreOfBooks();
    const start = await steps.verify();
    const importId = await filled(steps);
    await steps.switchOver(start, importId);
    await rowsOf(uuid, "INSERT INTO book VALUES ('after it')");
    await expect(steps.verify()).rejects.toThrow("has restored the database already");
    expect(await steps.undo(undefined)).toBeNull();
    expect(await count(uuid)).toBe(4);
  });

  it("fills no database that is empty because its backup was", async () => {
    const { uuid, steps, next } = await restoreOfBooks("SELECT 1;");
    const start = await steps.verify();
    const importId = await filled(steps);
    await steps.switchOver(start, importId);
    await expect(steps.fill()).rejects.toThrow(/is a database already/);
    expect(await runDurableObjectAlarm(next)).toBe(false);
    await rowsOf(uuid, "CREATE TABLE book (title TEXT)");
    expect(await count(uuid)).toBe(0);
  });
});

describe("the object that a restore would switch to", () => {
  it("must be whole: one that was erased, or is filled anew, is refused", async () => {
    const { uuid, steps, next } = await restoreOfBooks();
    const start = await steps.verify();
    const importId = await filled(steps);
    expect(await runDurableObjectAlarm(next)).toBe(true);
    await expect(steps.switchOver(start, importId)).rejects.toThrow("has filled nothing here");
    const second = await filled(steps);
    expect(second).not.toBe(importId);
    await expect(steps.switchOver(start, importId)).rejects.toThrow("has filled nothing here");
    expect(await count(uuid)).toBe(1);
    await steps.switchOver(start, second);
    expect(await count(uuid)).toBe(3);
  });

  it("goes on with the filling that runs when the step is repeated", async () => {
    const row = `INSERT INTO book VALUES ('${"x".repeat(400)}');\n`;
    const { steps } = await restoreOfBooks(`CREATE TABLE book (title TEXT);\n${row.repeat(10_000)}`);
    await steps.verify();
    const [first, second] = await Promise.all([steps.fill(), steps.fill()]);
    expect(second).toBe(first);
    expect(await steps.waitUntilFilled(first)).toMatchObject({ numQueries: 10_001 });
  });

  it("has bookmarks greater than all of the object before, which restarts meanwhile", async () => {
    const { uuid, steps } = await restoreOfBooks();
    const start = await steps.verify();
    const importId = await filled(steps);
    const db = connect(env.DB, { name: uuid }).withSession("first-primary");
    await crash(env.DB.getByName(uuid));
    await db.prepare("INSERT INTO book VALUES ('before the switch')").run();
    const before = db.getBookmark()!;
    await steps.switchOver(start, importId);
    await db.prepare("SELECT 1").run();
    const after = db.getBookmark()!;
    expect(after > before).toBe(true);
    await db.prepare("INSERT INTO book VALUES ('after the switch')").run();
    expect(db.getBookmark()! > after).toBe(true);
  });
});

describe("the deletion of a database that is being restored", () => {
  it("erases the object, too, that the database has just moved to", async () => {
    const { uuid, steps, next } = await restoreOfBooks();
    const start = await steps.verify();
    const importId = await filled(steps);
    const generations = new DatabaseGenerations(env.DB, uuid);
    // The names are looked up before the switch, and the objects are erased after it.
    vi.spyOn(generations, "names").mockResolvedValueOnce([uuid]);
    await steps.switchOver(start, importId);
    await generations.erase();
    await expect(tablesOf(next)).rejects.toMatchObject({ code: "MOVED", generation: uuid });
    expect(await tablesOf(env.DB.getByName(uuid))).toBe(0);
  });

  it("is noticed after the switch, and nothing is left", async () => {
    const { uuid, steps, next } = await restoreOfBooks();
    const start = await steps.verify();
    const importId = await filled(steps);
    await steps.switchOver(start, importId);
    await env.CATALOG.getByName(catalogName).beginDeletion(uuid);
    await expect(steps.tidyUp()).rejects.toThrow("was deleted meanwhile");
    await expect(tablesOf(next)).rejects.toMatchObject({ code: "MOVED" });
  });
});

describe("two restores of one database at a time", () => {
  it("end with the one that is faster, and the other changes nothing", async () => {
    const { uuid, backup, steps } = await restoreOfBooks();
    const slow = restoreOf(backup);
    const [start, slowStart] = [await steps.verify(), await slow.steps.verify()];
    const importId = await filled(steps);
    const slowId = await filled(slow.steps);
    await steps.switchOver(start, importId);
    await rowsOf(uuid, "INSERT INTO book VALUES ('after it')");
    await expect(slow.steps.switchOver(slowStart, slowId)).rejects.toThrow(/Another restore .* was faster/);
    expect(await slow.steps.undo(slowStart)).toBeNull();
    expect(await count(uuid)).toBe(4);
    expect(await tablesOf(slow.next)).toBe(0);
  });
});

describe("the object that a restore fills", () => {
  it("is erased one day when nobody finishes it", async () => {
    const { uuid, steps, next } = await restoreOfBooks();
    await steps.verify();
    await filled(steps);
    expect(await tablesOf(next)).toBe(1);
    expect(await runDurableObjectAlarm(next)).toBe(true);
    expect(await tablesOf(next)).toBe(0);
    expect(await count(uuid)).toBe(1);
  });

  it("is not erased when it has become the database", async () => {
    const { uuid, steps, next } = await restoreOfBooks();
    const start = await steps.verify();
    const importId = await filled(steps);
    await steps.switchOver(start, importId);
    expect(await runDurableObjectAlarm(next)).toBe(false);
    const repeat = async () => steps.fill();
    await expect(repeat()).rejects.toThrow(/is a database already/);
    expect(await count(uuid)).toBe(3);
  });

  it("cannot be the one that holds a database", async () => {
    const { uuid } = await restoreOfBooks();
    const start = async () => env.DB.getByName(uuid).startRestore("key", "id");
    await expect(start()).rejects.toThrow(/is a database already/);
    const redirect = async () => env.DB.getByName(uuid).redirect(["elsewhere"]);
    await expect(redirect()).rejects.toThrow(/this one holds the database/);
    expect(await count(uuid)).toBe(1);
  });
});

describe("a database that was restored often", () => {
  it("is not led back by an object that knows less", async () => {
    const first = `forgetful-${crypto.randomUUID()}`;
    const object = env.DB.getByName(first);
    await object.endWith("a");
    await object.redirect(["a", "b", "c"]);
    await object.redirect(["a", "b"]);
    expect(await object.successors()).toEqual(["a", "b", "c"]);
  });

  it("is one hop away", async () => {
    const first = `often-${crypto.randomUUID()}`;
    const generations = new DatabaseGenerations(env.DB, first);
    const names = Array.from({ length: 12 }, (_, index) => `${first}@${index}`);
    for (const name of names) {
      await generations.open((await generations.names()).at(-1)!).endWith(name);
      await generations.shortenTheWay();
    }
    expect(await generations.names()).toEqual([first, ...names]);
    const ask = async () => env.DB.getByName(first).info();
    await expect(ask()).rejects.toMatchObject({ code: "MOVED", generation: names.at(-1) });
  });
});
