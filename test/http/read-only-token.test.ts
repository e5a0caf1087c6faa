import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { createHttpApp } from "../../src/http/http-app.ts";
import { send, token } from "./http-client.ts";
import { configuredPath, databasesPath, reading, readOnlyToken, rest, rowsOf } from "./rest-client.ts";

const etag = "0123456789abcdef0123456789abcdef";

beforeAll(async () => {
  await rowsOf("test-database", "CREATE TABLE note (text TEXT); INSERT INTO note VALUES ('kept')");
});

describe("the read-only token", () => {
  it.each([
    ["POST", databasesPath, { name: "forbidden" }],
    ["DELETE", configuredPath, undefined],
    ["PUT", configuredPath, { read_replication: { mode: "auto" } }],
    ["PATCH", configuredPath, { read_replication: { mode: "auto" } }],
    ["POST", `${configuredPath}/import`, { action: "init", etag }],
    ["POST", `${configuredPath}/import`, { action: "ingest", etag, filename: "x" }],
    ["POST", `${configuredPath}/import`, { action: "poll", current_bookmark: "x" }],
    ["POST", `${configuredPath}/time_travel/restore?bookmark=x`, undefined],
    ["POST", `${configuredPath}/procedures/Insert`, ["forbidden"]],
  ])("is refused with 403 for %s %s", async (method, path, body) => {
    const { status, answer } = await rest(method, path, body, reading);
    expect(status).toBe(403);
    expect(answer.errors).toEqual([
      { code: 10000, message: expect.stringMatching(/may only read.*API_TOKEN/) },
    ]);
  });

  it("is refused for a procedure of the plain route, in its own envelope", async () => {
    const response = await send("/procedures/Insert", { method: "POST", body: '["x"]', headers: reading });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ success: false, errors: [{ code: "READ_ONLY" }] });
  });

  it("is refused for a route that a deployer has added, as no token is", async () => {
    const app = createHttpApp();
    app.post("/buy", (c) => c.text("bought"));
    const buy = async (headers: Record<string, string>) => {
      const request = new Request("http://localhost/buy", { method: "POST", headers });
      return (await app.fetch(request, env, createExecutionContext())).status;
    };
    expect(await buy(reading)).toBe(403);
    expect(await buy({})).toBe(401);
    expect(await buy({ authorization: `Bearer ${token}` })).toBe(200);
  });

  it("reads", async () => {
    for (const [method, path, body] of [
      ["GET", databasesPath, undefined],
      ["GET", configuredPath, undefined],
      ["POST", `${configuredPath}/query`, { sql: "SELECT text FROM note" }],
      ["POST", `${configuredPath}/query`, { sql: "SELECT text FROM note; SELECT 1" }],
      ["POST", `${configuredPath}/query`, { sql: "SELECT ?", params: [1] }],
      ["POST", `${configuredPath}/raw`, { batch: [{ sql: "SELECT text FROM note" }] }],
      ["GET", "/client/v4/accounts", undefined],
      ["GET", "/client/v4/memberships", undefined],
      ["GET", "/client/v4/user", undefined],
      ["GET", "/client/v4/user/tokens/verify", undefined],
    ] as const) {
      const { status, answer } = await rest(method, path, body, reading);
      expect([path, status, answer.success]).toEqual([path, 200, true]);
    }
  });

  it.each([
    ["a write", { sql: "DELETE FROM note" }],
    ["a write with parameters", { sql: "INSERT INTO note VALUES (?)", params: ["x"] }],
    ["a write that gives rows", { sql: "DELETE FROM note RETURNING text" }],
    ["a write behind a read", { sql: "SELECT 1; DELETE FROM note" }],
    ["a write in a batch", { batch: [{ sql: "SELECT 1" }, { sql: "DELETE FROM note" }] }],
    ["a change of the schema", { sql: "DROP TABLE note" }],
    ["a write that would change nothing", { sql: "DELETE FROM note WHERE 0" }],
    ["a common table expression in front of a write", { sql: "WITH a AS (SELECT 1) DELETE FROM note" }],
    ["a pragma that writes", { sql: "PRAGMA optimize" }],
    ["foreign keys switched off", { sql: "PRAGMA foreign_keys = OFF; DELETE FROM note" }],
  ])("does not run %s", async (_what, body) => {
    for (const route of ["query", "raw"]) {
      const { status, answer } = await rest("POST", `${configuredPath}/${route}`, body, reading);
      expect([status, answer.errors[0]!.code]).toEqual([403, 10000]);
    }
    expect(await rowsOf("test-database", "SELECT text FROM note")).toEqual([[{ text: "kept" }]]);
  });

  it("is no token where none is configured, whatever is sent", async () => {
    for (const API_TOKEN_READ_ONLY of [undefined, ""]) {
      for (const authorization of ["Bearer undefined", "Bearer ", "Bearer null", `Bearer ${readOnlyToken}`]) {
        const response = await createHttpApp().fetch(
          new Request(`http://localhost${databasesPath}`, { headers: { authorization } }),
          { ...env, API_TOKEN_READ_ONLY },
          createExecutionContext(),
        );
        expect(response.status).toBe(401);
      }
    }
  });

  it("does not open the API by itself", async () => {
    const response = await createHttpApp().fetch(
      new Request(`http://localhost${databasesPath}`, { headers: reading }),
      { ...env, API_TOKEN: "" },
      createExecutionContext(),
    );
    expect(response.status).toBe(503);
  });

  it("only reads if it was configured as the full one too", async () => {
    const response = await createHttpApp().fetch(
      new Request(`http://localhost${configuredPath}`, { method: "DELETE", headers: reading }),
      { ...env, API_TOKEN: readOnlyToken },
      createExecutionContext(),
    );
    expect(response.status).toBe(403);
  });
});
