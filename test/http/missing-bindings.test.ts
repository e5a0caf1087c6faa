import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { createHttpApp, type HttpEnv } from "../../src/http/http-app.ts";
import { stored } from "../backup/backups.ts";
import { token } from "./http-client.ts";
import { configuredPath, databasesPath, type RestAnswer } from "./rest-client.ts";

const { API_TOKEN, ACCOUNT_ID, DATABASE_ID, DATABASE_NAME, DB } = env;

/** What a Worker has that took nothing of the library but its database. */
const onlyDatabase: HttpEnv = { DB, API_TOKEN, ACCOUNT_ID, DATABASE_ID, DATABASE_NAME };

async function send(bindings: HttpEnv, method: string, path: string, body?: unknown) {
  const request = new Request(`http://localhost${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const response = await createHttpApp().fetch(request, bindings, createExecutionContext());
  return { status: response.status, answer: await response.json<RestAnswer<unknown>>() };
}

const backupId = "20261121T140003120Z-5f3a9c01";

describe("a Worker with the binding DB only", () => {
  beforeAll(() => send(onlyDatabase, "POST", `${configuredPath}/procedures/CreateTables`, []));

  it.each([
    ["GET", databasesPath, undefined],
    ["GET", configuredPath, undefined],
    ["PATCH", configuredPath, {}],
    ["POST", `${configuredPath}/query`, { sql: "SELECT 1" }],
    ["POST", `${configuredPath}/raw`, { sql: "SELECT 1" }],
    ["POST", `${configuredPath}/procedures/Count`, []],
    ["POST", "/procedures/Count", []],
    ["DELETE", configuredPath, undefined],
  ])("serves %s %s", async (method, path, body) => {
    const { status, answer } = await send(onlyDatabase, method, path, body);
    expect([status, answer.success]).toEqual([200, true]);
  });

  it.each([
    ["POST", databasesPath, { name: "more" }, "CATALOG"],
    ["PUT", configuredPath, { read_replication: { mode: "auto" } }, "CATALOG"],
    ["POST", `${configuredPath}/import`, { action: "init", etag: "0".repeat(32) }, "DUMPS"],
    ["POST", `${configuredPath}/export`, { output_format: "polling" }, "DUMPS"],
    ["GET", `${configuredPath}/backup`, undefined, "BACKUPS"],
    ["POST", `${configuredPath}/backup`, undefined, "BACKUP_WORKFLOW"],
    ["POST", `${configuredPath}/backup/${backupId}/restore`, {}, "BACKUPS"],
    ["POST", `${configuredPath}/time_travel/restore?bookmark=${backupId}`, undefined, "RESTORE_WORKFLOW"],
  ])(
    "answers %s %s with the binding that is missing, and what to write",
    async (method, path, body, binding) => {
      const { status, answer } = await send(onlyDatabase, method, path, body);
      expect(status).toBe(501);
      expect(answer.errors[0]!.code).toBe(7500);
      expect(answer.errors[0]!.message).toMatch(
        new RegExp(`binding ${binding}[\\s\\S]*wrangler\\.toml[\\s\\S]*"${binding}"`),
      );
    },
  );

  it("has no other database", async () => {
    for (const method of ["GET", "DELETE"]) {
      expect((await send(onlyDatabase, method, `${databasesPath}/other`)).status).toBe(404);
    }
  });
});

describe("a Worker with a bucket but no catalog", () => {
  it("asks for the catalog before it takes a file that nobody would delete", async () => {
    const bindings = { ...onlyDatabase, DUMPS: env.DUMPS };
    for (const [path, body] of [
      ["import", { action: "init", etag: "0".repeat(32) }],
      ["export", { output_format: "polling" }],
    ] as const) {
      const { status, answer } = await send(bindings, "POST", `${configuredPath}/${path}`, body);
      expect([status, answer.errors[0]!.message]).toEqual([501, expect.stringContaining("binding CATALOG")]);
    }
  });
});

describe("a Worker whose binding is a service", () => {
  const bindings: HttpEnv = { ...env, DB: env.CONFORMANCE_SERVICE };

  it("serves queries of the configured database", async () => {
    expect((await send(bindings, "POST", `${configuredPath}/query`, { sql: "SELECT 1" })).status).toBe(200);
  });

  it("refuses to restore into it, and says why", async () => {
    const { id } = await stored("SELECT 1;", { database_uuid: DATABASE_ID });
    const { status, answer } = await send(bindings, "POST", `${configuredPath}/backup/${id}/restore`, {});
    expect(status).toBe(501);
    expect(answer.errors[0]!.message).toMatch(/leads to one only.*durable_objects\.bindings/);
  });

  it("refuses to create others, and says why", async () => {
    const { status, answer } = await send(bindings, "POST", databasesPath, { name: "impossible" });
    expect(status).toBe(500);
    expect(answer.errors[0]!.message).toMatch(/one database only.*durable_objects\.bindings/);
  });
});

describe("a Worker without a configured database", () => {
  it("has those of the catalog only", async () => {
    const { DATABASE_ID: _id, DATABASE_NAME: _name, ...bindings } = env;
    expect((await send(bindings, "GET", databasesPath)).answer.result).toEqual([]);
    for (const key of ["undefined", "default", DATABASE_ID]) {
      expect((await send(bindings, "GET", `${databasesPath}/${key}`)).status).toBe(404);
    }
  });
});
