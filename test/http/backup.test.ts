import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Backup } from "../../src/backup/backup.ts";
import { gzipKey, manifestKey } from "../../src/backup/backup-files.ts";
import { createHttpApp, type HttpEnv } from "../../src/http/http-app.ts";
import { stored, textOf } from "../backup/backups.ts";
import { send, token } from "./http-client.ts";
import {
  configuredPath,
  createDatabase,
  databasesPath,
  type RestAnswer,
  reading,
  rest,
  rowsOf,
} from "./rest-client.ts";

interface Status {
  instance_id: string;
  status: "active" | "complete" | "error";
  backup?: Backup;
  error?: string;
}

let uuid: string;
let path: string;

beforeAll(async () => {
  ({ uuid } = await createDatabase("backed-up"));
  path = `${databasesPath}/${uuid}/backup`;
  await rowsOf(uuid, "CREATE TABLE a (x); INSERT INTO a VALUES ('it''s')");
});

beforeEach(() => {
  // What a Workflow logs.
  vi.spyOn(console, "log").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
});

async function create(database = uuid): Promise<Status> {
  const at = `${databasesPath}/${database}/backup`;
  let { result } = (await rest<Status>("POST", at)).answer;
  while (result.status === "active") {
    ({ result } = (await rest<Status>("POST", `${at}?instance_id=${result.instance_id}`)).answer);
  }
  return result;
}

describe("POST .../backup", () => {
  it("backs the database up, and tells the backup", async () => {
    const { instance_id, status, backup } = await create();
    expect(status).toBe("complete");
    expect(instance_id.startsWith(`${uuid}-`)).toBe(true);
    expect(backup).toMatchObject({
      database_uuid: uuid,
      database_name: "backed-up",
      reason: "request",
      tables: [{ name: "a", rows: 1 }],
    });
  });

  it("is not for the read-only token", async () => {
    const { status, answer } = await rest("POST", path, undefined, reading);
    expect([status, answer.errors[0]!.code]).toEqual([403, 10000]);
  });

  it("answers 7404 for a database that is not there", async () => {
    const { status, answer } = await rest("POST", `${databasesPath}/${crypto.randomUUID()}/backup`);
    expect([status, answer.errors[0]!.code]).toEqual([404, 7404]);
  });

  it("tells of an instance again, and of none of another database", async () => {
    const { instance_id, backup } = await create();
    const again = await rest<Status>("POST", `${path}?instance_id=${instance_id}`);
    expect(again.answer.result).toEqual({ instance_id, status: "complete", backup });
    for (const at of [
      `${configuredPath}/backup?instance_id=${instance_id}`,
      `${path}?instance_id=${uuid}-unknown`,
    ]) {
      const { status, answer } = await rest("POST", at);
      expect([status, answer.errors[0]!.code]).toEqual([404, 7404]);
    }
  });

  it("tells why an instance has failed", async () => {
    const instance = await env.BACKUP_WORKFLOW.create({
      id: `${uuid}-failing`,
      params: { accountId: "another", databaseId: uuid },
    });
    let { result } = (await rest<Status>("POST", `${path}?instance_id=${instance.id}`)).answer;
    while (result.status === "active") {
      ({ result } = (await rest<Status>("POST", `${path}?instance_id=${instance.id}`)).answer);
    }
    expect(result).toEqual({
      instance_id: instance.id,
      status: "error",
      error: expect.stringContaining("not authorized"),
    });
  });
});

describe("GET .../backup", () => {
  it("lists the newest first, page by page, also with the read-only token", async () => {
    const { uuid: database_uuid } = await createDatabase("listed");
    const at = `${databasesPath}/listed/backup`;
    const days = ["2026-01-01", "2026-01-02", "2026-01-03"];
    const backups = await Promise.all(
      days.map((day) => stored(day, { database_uuid, taken_at: `${day}T00:00:00.000Z` })),
    );
    const all = await rest<Backup[]>("GET", at, undefined, reading);
    expect(all.answer.result).toEqual(backups.toReversed());
    const second = await rest<Backup[]>("GET", `${at}?page=2&per_page=2`);
    expect(second.answer.result).toEqual([backups[0]]);
    expect(second.answer.result_info).toEqual({
      page: 2,
      per_page: 2,
      count: 1,
      total_count: 3,
      total_pages: 2,
    });
  });

  it("leaves out what is damaged or half there", async () => {
    const { uuid: database_uuid } = await createDatabase("damaged");
    const sound = await stored("a", { database_uuid });
    const damaged = await stored("b", { database_uuid });
    await env.BACKUPS.put(manifestKey(database_uuid, damaged.id), "{");
    const half = await stored("c", { database_uuid });
    await env.BACKUPS.delete(manifestKey(database_uuid, half.id));
    expect((await rest<Backup[]>("GET", `${databasesPath}/damaged/backup`)).answer.result).toEqual([sound]);
  });

  it("lists those of a deleted database by its uuid", async () => {
    const { uuid: database_uuid } = await createDatabase("deleted");
    const backup = await stored("SELECT 1;", { database_uuid });
    await rest("DELETE", `${databasesPath}/${database_uuid}`);
    const at = `${databasesPath}/${database_uuid}/backup`;
    expect((await rest<Backup[]>("GET", at)).answer.result).toEqual([backup]);
    expect(await textOf((await send(`${at}/${backup.id}/download`)).body!)).toBe("SELECT 1;");
  });

  it("answers 7404 for a database that never was", async () => {
    const { status, answer } = await rest("GET", `${databasesPath}/${crypto.randomUUID()}/backup`);
    expect([status, answer.errors[0]!.code]).toEqual([404, 7404]);
  });

  it.each(["page=0", "per_page=101", "per_page=x"])("answers 7400 for %s", async (query) => {
    const { status, answer } = await rest("GET", `${path}?${query}`);
    expect([status, answer.errors[0]!.code]).toEqual([400, 7400]);
  });
});

describe("GET .../backup/{id}", () => {
  it("tells of one backup", async () => {
    const backup = await stored("a", { database_uuid: uuid });
    expect((await rest("GET", `${path}/${backup.id}`, undefined, reading)).answer.result).toEqual(backup);
  });

  it.each(["20200101T000000000Z-00000000", "x", "..%2Fx"])(
    "answers 7404 for the unknown one %s",
    async (id) => {
      for (const at of [`${path}/${id}`, `${path}/${id}/download`]) {
        const { status, answer } = await rest("GET", at);
        expect([status, answer.errors[0]!.code]).toEqual([404, 7404]);
      }
    },
  );

  it("answers 7404 for one of another database", async () => {
    const backup = await stored("a", { database_uuid: uuid });
    expect((await rest("GET", `${configuredPath}/backup/${backup.id}`)).status).toBe(404);
  });
});

describe("GET .../backup/{id}/download", () => {
  const sql = "-- é\n".repeat(2_000);

  async function download(query: string, headers: Record<string, string> = {}) {
    const backup = await stored(sql, { database_uuid: uuid, database_name: 'a "b"' });
    const response = await send(`${path}/${backup.id}/download${query}`, {
      headers: { ...reading, ...headers },
    });
    return { backup, response };
  }

  it("gives the SQL", async () => {
    const { backup, response } = await download("");
    expect(await textOf(response.body!)).toBe(sql);
    expect(response.headers.get("content-type")).toBe("application/sql; charset=utf-8");
    expect(response.headers.get("content-disposition")).toBe(`attachment; filename="a__b_-${backup.id}.sql"`);
    expect(response.headers.get("cache-control")).toBe("private, no-store");
  });

  it("gives the gzip file as it is stored", async () => {
    const { backup, response } = await download("?format=gzip");
    const bytes = await response.bytes();
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    expect(Buffer.from(digest).toString("hex")).toBe(backup.gzip_sha256);
    expect(response.headers.get("content-type")).toBe("application/gzip");
    expect(response.headers.get("content-encoding")).toBeNull();
    expect(response.headers.get("content-disposition")).toContain('.sql.gz"');
  });

  it.each([
    ["gzip", "gzip", undefined],
    ["br, GZIP;q=0.5", "gzip", undefined],
    ["gzip;q=0", null, undefined],
    ["identity", null, undefined],
    ["x-gzip-not", null, undefined],
    // The platform asks for gzip, for a client that has said nothing.
    ["br, gzip", null, { clientAcceptEncoding: "" }],
    ["br", "gzip", { clientAcceptEncoding: "deflate, gzip" }],
  ])(
    "answers Accept-Encoding: %s with the content encoding %s (request.cf: %o)",
    async (acceptEncoding, encoding, cf) => {
      // Not over fetch(), which decodes what it gets.
      const { database_uuid, id } = await stored(sql, { database_uuid: uuid });
      const request = new Request(`http://localhost${databasesPath}/${database_uuid}/backup/${id}/download`, {
        headers: { authorization: `Bearer ${token}`, "accept-encoding": acceptEncoding },
        cf: cf as CfProperties | undefined,
      });
      const response = await createHttpApp().fetch(request, env, createExecutionContext());
      expect(response.headers.get("content-encoding")).toBe(encoding);
      expect(response.headers.get("vary")).toBe("Accept-Encoding");
      const body =
        encoding === null ? response.body! : response.body!.pipeThrough(new DecompressionStream("gzip"));
      expect(await new Response(body).text()).toBe(sql);
    },
  );

  it("refuses a file that is not as long as it was", async () => {
    const backup = await stored(sql, { database_uuid: uuid });
    await env.BACKUPS.put(gzipKey(uuid, backup.id), "half");
    const { status, answer } = await rest("GET", `${path}/${backup.id}/download`);
    expect([status, answer.errors[0]!.code]).toEqual([500, 7500]);
    expect(answer.errors[0]!.message).toContain("damaged");
  });
});

describe("a Worker that lacks what backups need", () => {
  const { DB, CATALOG, BACKUPS, BACKUP_WORKFLOW, API_TOKEN, ACCOUNT_ID, DATABASE_ID, DATABASE_NAME } = env;
  const bindings = { DB, CATALOG, API_TOKEN, ACCOUNT_ID, DATABASE_ID, DATABASE_NAME };

  async function errorOf(more: HttpEnv | object, method: string, at: string): Promise<string> {
    const request = new Request(`http://localhost${at}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
    });
    const response = await createHttpApp().fetch(request, { ...bindings, ...more }, createExecutionContext());
    expect(response.status).toBe(501);
    return (await response.json<RestAnswer<unknown>>()).errors[0]!.message;
  }

  it.each([
    ["GET", "", {}, "BACKUPS"],
    ["GET", "/20200101T000000000Z-00000000", {}, "BACKUPS"],
    ["POST", "", { BACKUPS }, "BACKUP_WORKFLOW"],
    ["POST", "", { BACKUP_WORKFLOW }, "BACKUPS"],
  ])(
    "answers %s .../backup%s with the binding that is missing, and what to write",
    async (method, rest, more, name) => {
      expect(await errorOf(more, method, `${configuredPath}/backup${rest}`)).toMatch(
        new RegExp(`binding ${name}[\\s\\S]*wrangler\\.toml[\\s\\S]*"${name}"`),
      );
    },
  );

  it("does not back up its own databases when it is there for those of another API", async () => {
    const more = { BACKUPS, BACKUP_WORKFLOW, BACKUP_API_BASE_URL: "https://api.cloudflare.com/client/v4" };
    expect(await errorOf(more, "POST", `${configuredPath}/backup`)).toContain("wrangler workflows trigger");
  });
});
