import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { gzipKey } from "../../src/backup/backup-files.ts";
import type { RestoreReport } from "../../src/backup/restore.ts";
import { stored } from "../backup/backups.ts";
import { configuredPath, createDatabase, databasesPath, reading, rest, rowsOf } from "./rest-client.ts";

interface Status {
  instance_id: string;
  status: "active" | "complete" | "error";
  restore?: RestoreReport;
  error?: string;
}

beforeEach(() => {
  // What a Workflow logs.
  vi.spyOn(console, "log").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
});

/** A database with one row, and a backup with another one. */
async function shop() {
  const { uuid, name } = await createDatabase(`shop-${crypto.randomUUID()}`);
  await rowsOf(uuid, "CREATE TABLE cart (item TEXT); INSERT INTO cart VALUES ('now')");
  const backup = await stored("CREATE TABLE cart (item TEXT);\nINSERT INTO cart VALUES ('then');\n", {
    database_uuid: uuid,
    taken_at: "2026-11-01T08:00:00.000Z",
    tables: [{ name: "cart", rows: 1 }],
  });
  return { uuid, name, backup, path: `${databasesPath}/${uuid}/backup/${backup.id}/restore` };
}

async function items(database: string): Promise<unknown[]> {
  const [rows] = await rowsOf(database, "SELECT item FROM cart");
  return (rows as { item: string }[]).map(({ item }) => item);
}

async function restore(path: string, body?: unknown): Promise<Status> {
  let { result } = (await rest<Status>("POST", path, body)).answer;
  while (result.status === "active") {
    ({ result } = (await rest<Status>("POST", `${path}?instance_id=${result.instance_id}`)).answer);
  }
  return result;
}

describe("POST .../backup/{backup}/restore is refused", () => {
  it.each([
    ["a property that it does not know", { database: "other" }, "database"],
    ["both into and create", { into: "a", create: "b" }, "create"],
    ["a name that is none", { create: "no name" }, "create"],
    ["an empty name", { into: "" }, "into"],
    ["a body that is no object", [1], ""],
  ])("with %s", async (_what, body, property) => {
    const { uuid, path } = await shop();
    const { status, answer } = await rest("POST", path, body, { "content-type": "application/json" });
    expect(status).toBe(400);
    expect(answer.errors).toEqual([{ code: 7400, message: expect.stringContaining(property) }]);
    expect(await items(uuid)).toEqual(["now"]);
  });

  it("with the token that may read only", async () => {
    const { uuid, path } = await shop();
    expect((await rest("POST", path, {}, reading)).status).toBe(403);
    expect(await items(uuid)).toEqual(["now"]);
  });

  it.each(["20261121T140003120Z-5f3a9c01", "latest", "..%2F..%2Fother", "%00"])(
    "for the backup %s, which is not there",
    async (id) => {
      const { uuid } = await shop();
      const { status, answer } = await rest("POST", `${databasesPath}/${uuid}/backup/${id}/restore`, {});
      expect([status, answer.errors[0]!.code]).toEqual([404, 7404]);
    },
  );

  it("for a backup of another database", async () => {
    const [{ backup }, { uuid }] = [await shop(), await shop()];
    const { status } = await rest("POST", `${databasesPath}/${uuid}/backup/${backup.id}/restore`, {});
    expect(status).toBe(404);
  });

  it("into a database that is not there, or under a name that is taken", async () => {
    const { name, path } = await shop();
    const json = { "content-type": "application/json" };
    expect((await rest("POST", path, { into: "nowhere" }, json)).status).toBe(404);
    const { status, answer } = await rest("POST", path, { create: name }, json);
    expect([status, answer.errors[0]!.code]).toEqual([400, 7502]);
  });

  it("for an instance that is not there, or works for another database", async () => {
    const [{ path }, other] = [await shop(), await shop()];
    const { instance_id } = await restore(path);
    for (const wrong of [`${other.path}?instance_id=${instance_id}`, `${path}?instance_id=a`]) {
      expect((await rest("POST", wrong)).status).toBe(404);
    }
  });
});

describe("POST .../backup/{backup}/restore", () => {
  it("makes the database what the backup is, and tells what it did", async () => {
    const { uuid, name, backup, path } = await shop();
    const { status, restore: report } = await restore(path);
    expect(status).toBe("complete");
    expect(report).toEqual({
      backup_id: backup.id,
      backup_database_uuid: uuid,
      taken_at: backup.taken_at,
      database_uuid: uuid,
      database_name: name,
      created: false,
      num_queries: 2,
      tables: [{ name: "cart", rows: 1 }],
      safety_backup_id: expect.stringMatching(/^\d{8}T\d{9}Z-/),
      restored_at: expect.stringMatching(/^\d{4}-/),
    });
    expect(await items(uuid)).toEqual(["then"]);

    const undo = await restore(`${databasesPath}/${uuid}/backup/${report!.safety_backup_id}/restore`, {});
    expect(undo.status).toBe("complete");
    expect(await items(uuid)).toEqual(["now"]);
  });

  it("makes a new database, and leaves the one that the backup is of as it is", async () => {
    const { uuid, path } = await shop();
    const name = `snapshot-${crypto.randomUUID()}`;
    const { restore: report } = await restore(path, { create: name });
    expect(report).toMatchObject({ created: true, database_name: name, safety_backup_id: null });
    expect(await items(name)).toEqual(["then"]);
    expect(await items(uuid)).toEqual(["now"]);
  });

  it("goes into another database by its name", async () => {
    const [{ path }, other] = [await shop(), await shop()];
    await restore(path, { into: other.name });
    expect(await items(other.uuid)).toEqual(["then"]);
  });

  it("goes into the configured database, where connect() finds it", async () => {
    const { path } = await shop();
    const { restore: report } = await restore(path, { into: env.DATABASE_NAME });
    expect(report).toMatchObject({ database_uuid: env.DATABASE_ID, database_name: env.DATABASE_NAME });
    expect(await items(env.DATABASE_ID)).toEqual(["then"]);
  });

  it("brings a database back that was deleted, under a new name", async () => {
    const { uuid, path } = await shop();
    await rest("DELETE", `${databasesPath}/${uuid}`);
    const { status, answer } = await rest("POST", path, {});
    expect(status).toBe(404);
    expect(answer.errors[0]!.message).toContain('{"create":');
    const name = `back-${crypto.randomUUID()}`;
    await restore(path, { create: name });
    expect(await items(name)).toEqual(["then"]);
  });

  it("tells why it failed", async () => {
    const { uuid, backup, path } = await shop();
    await env.BACKUPS.delete(gzipKey(uuid, backup.id));
    const { status, error } = await restore(path);
    expect(status).toBe("error");
    expect(error).toContain("is damaged: its file is gone");
    expect(await items(uuid)).toEqual(["now"]);
  });
});

describe("Time Travel, where the platform keeps no history", () => {
  const bookmarkAt = (uuid: string, timestamp: string) =>
    rest<{ bookmark: string }>("GET", `${databasesPath}/${uuid}/time_travel/bookmark?timestamp=${timestamp}`);

  it("has the newest backup at a time or before for a bookmark", async () => {
    const { uuid } = await createDatabase(`history-${crypto.randomUUID()}`);
    const at = (taken_at: string) => stored("SELECT 1;", { database_uuid: uuid, taken_at });
    const first = await at("2026-11-20T10:00:00.000Z");
    const second = await at("2026-11-20T11:00:00.000Z");
    const longAgo = await at("2024-01-01T00:00:00.000Z");
    for (const [timestamp, backup] of [
      ["2026-11-20T10:00:00.000Z", first],
      ["2026-11-20T10:59:59.999Z", first],
      ["2026-11-20T12:00:00%2B01:00", second],
      ["2024-02-01T00:00:00Z", longAgo],
    ] as const) {
      expect((await bookmarkAt(uuid, timestamp)).answer.result).toEqual({ bookmark: backup.id });
    }
    const now = await rest("GET", `${databasesPath}/${uuid}/time_travel/bookmark`);
    expect(now.answer.result).toEqual({ bookmark: second.id });
    const { status, answer } = await bookmarkAt(uuid, "2023-12-31T23:59:59Z");
    expect(status).toBe(400);
    expect(answer.errors[0]!.message).toMatch(/too long ago.*There is no backup of this database from 2023-/);
    expect((await bookmarkAt(uuid, "2999-01-01T00:00:00Z")).answer.errors[0]!.message).toContain("future");
  });

  it("passes over what a restore has replaced", async () => {
    const { uuid, backup, path } = await shop();
    await restore(path);
    const now = await rest("GET", `${databasesPath}/${uuid}/time_travel/bookmark`);
    expect(now.answer.result).toEqual({ bookmark: backup.id });
  });

  it("restores a backup by its id, or by a time, and tells which one undoes it", async () => {
    const { uuid, backup } = await shop();
    const travel = `${databasesPath}/${uuid}/time_travel/restore`;
    type Restored = { bookmark: string; previous_bookmark: string; message: string };
    const there = await rest<Restored>("POST", `${travel}?timestamp=${backup.taken_at}`);
    expect(there.status).toBe(200);
    const { bookmark, previous_bookmark, message } = there.answer.result;
    expect(bookmark).toBe(backup.id);
    expect(message).toContain(`To undo it, restore to ${previous_bookmark}`);
    expect(await items(uuid)).toEqual(["then"]);
    const back = await rest<Restored>("POST", `${travel}?bookmark=${previous_bookmark}`);
    expect(back.status).toBe(200);
    expect(await items(uuid)).toEqual(["now"]);
  });

  it("refuses a backup that is not there, and tells of one that cannot be restored", async () => {
    const { uuid, backup } = await shop();
    const missing = "20200101T000000000Z-00000000";
    const travel = `${databasesPath}/${uuid}/time_travel/restore`;
    expect((await rest("POST", `${travel}?bookmark=${missing}`)).status).toBe(404);
    await env.BACKUPS.delete(gzipKey(uuid, backup.id));
    const { status, answer } = await rest("POST", `${travel}?bookmark=${backup.id}`);
    expect([status, answer.errors[0]!.message]).toEqual([500, expect.stringContaining("is damaged")]);
    expect(await items(uuid)).toEqual(["now"]);
  });

  it("says where there is no backup either", async () => {
    const { status, answer } = await rest(
      "GET",
      `${configuredPath}/time_travel/bookmark?timestamp=2026-11-20T08:46:42Z`,
    );
    expect(status).toBe(501);
    expect(answer.errors[0]!.message).toMatch(
      /There is no backup of this database from 2026-11-20T08:46:42Z or before/,
    );
  });
});
