import { beforeAll, describe, expect, it, vi } from "vitest";
import { maxHttpBodyBytes } from "../../src/limits.ts";
import { type Operation, operationsOf } from "../support/openapi.ts";
import { send, token } from "./http-client.ts";
import { configuredPath, databasesPath, type RestAnswer, readOnlyToken } from "./rest-client.ts";

/** Every route of the REST API that takes JSON, with the configured database in its path. */
let routes: { method: string; path: string; isRequired: boolean }[];

beforeAll(async () => {
  const document = await (await send("/openapi.json")).json<Parameters<typeof operationsOf>[0]>();
  const takesJson = ({ operation }: Operation) =>
    JSON.stringify(operation.requestBody ?? "").includes("application/json");
  routes = operationsOf(document)
    .filter(({ path }) => path.startsWith("/client/v4/"))
    .filter(takesJson)
    .map(({ method, path, operation }) => ({
      isRequired: Object(operation.requestBody).required === true,
      method: method.toUpperCase(),
      path: path
        .replace("/client/v4/accounts/{account}/d1/database/{database}", configuredPath)
        .replace("/client/v4/accounts/{account}/d1/database", databasesPath)
        .replace("{name}", "Echo"),
    }));
});

async function answersTo(body: BodyInit, headers: Record<string, string> = {}, asked = routes) {
  return Promise.all(
    asked.map(async ({ method, path }) => {
      const response = await send(path, { method, body, headers });
      const { success, result, errors } = await response.json<RestAnswer<unknown>>();
      expect([path, success, result]).toEqual([path, false, []]);
      return { status: response.status, code: errors[0]!.code, message: errors[0]!.message };
    }),
  );
}

describe("a hostile body", () => {
  it("is tried on every route", () => {
    expect(routes.length).toBeGreaterThan(8);
  });

  it.each([
    ["no JSON", "{"],
    ["a form", "sql=SELECT 1"],
    ["two values", "{}{}"],
    ["a comment", "/* */ {}"],
    ["bytes that are not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ["UTF-16", new Uint8Array([0x7b, 0, 0x7d, 0])],
    ["nesting without an end", "[".repeat(200_000)],
    ["objects 501 deep", `${'{"a":'.repeat(501)}1${"}".repeat(501)}`],
  ])("of %s is refused with 400", async (_what, body) => {
    for (const answer of await answersTo(body)) {
      expect(answer).toMatchObject({ status: 400, code: 7400 });
    }
  });

  it("of nothing is refused with 400 where there must be one", async () => {
    const needsOne = routes.filter(({ isRequired }) => isRequired);
    expect(needsOne.length).toBeGreaterThan(7);
    for (const answer of await answersTo("", {}, needsOne)) {
      expect(answer).toMatchObject({ status: 400, code: 7400 });
    }
  });

  it.each(["null", "true", "1", '"text"'])(
    "of %s is refused with 400, and told what is wrong",
    async (body) => {
      for (const { status, code, message } of await answersTo(body)) {
        expect([status, code, message.startsWith("The body is not valid: ")]).toEqual([400, 7400, true]);
      }
    },
  );

  it("over the limit is refused with 413, whatever it says of its length", async () => {
    const body = `{"sql": "${"x".repeat(maxHttpBodyBytes)}"}`;
    for (const answer of await answersTo(body)) expect(answer).toMatchObject({ status: 413, code: 7400 });
  });

  it("may name its type as it likes: what counts is that it is JSON", async () => {
    for (const type of [
      "application/x-www-form-urlencoded",
      "text/plain",
      "multipart/form-data",
      "nonsense",
    ]) {
      const response = await send(`${configuredPath}/query`, {
        method: "POST",
        headers: { "content-type": type },
        body: '{"sql": "SELECT 1 AS one"}',
      });
      expect(await response.json()).toMatchObject({ result: [{ results: [{ one: 1 }] }] });
    }
  });

  it("pollutes no prototype", async () => {
    const body = '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}';
    for (const { method, path } of routes) await (await send(path, { method, body })).arrayBuffer();
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("a hostile path", () => {
  it.each([
    "/client/v4/accounts/test-account/d1/database/test-database/",
    "/client/v4/accounts/test-account/d1/database/test-database/query/",
    "/client/v4/accounts/test-account/d1/database/test-database/unknown",
    "/client/v4//accounts",
    "/client/v4",
    "/client/v4/",
    "/CLIENT/V4/accounts",
    "/client/v4/accounts/test-account/d1/../d1/unknown",
    "/client/v4/%61ccount",
    "/.dev.vars",
    "/wrangler.toml",
  ])("%s leads nowhere", async (path) => {
    const response = await send(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ success: false });
  });

  it("with dots in it is the path that a URL makes of it, and nothing else", async () => {
    const response = await send("/health/../client/v4/accounts", { headers: { authorization: "" } });
    expect(response.status).toBe(401);
    for (const path of ["/health/..%2fclient/v4/accounts", "/health%2f..%2fclient%2fv4%2faccounts"]) {
      const answer = await send(path, { headers: { authorization: "" } });
      expect([path, answer.status]).toEqual([path, 401]);
    }
  });
});

describe("a token", () => {
  it.each([
    "Bearer",
    "Bearer null",
    "Bearer undefined",
    "bearer:token",
    `Token ${token}`,
    `Bearer ${token},${token}`,
    `Bearer "${token}"`,
    `Bearer ${token.toUpperCase()}`,
    `Bearer ${token}${readOnlyToken}`,
    `Bearer ${"x".repeat(8_000)}`,
    "Bearer \u00e4\u00f6",
    "Bearer __proto__",
  ])("%s opens nothing", async (authorization) => {
    const response = await send(configuredPath, { headers: { authorization } });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ errors: [{ code: 10000 }] });
  });

  it("in the path or the query opens nothing", async () => {
    for (const path of [`${configuredPath}?token=${token}`, `${configuredPath}?API_TOKEN=${token}`]) {
      expect((await send(path, { headers: { authorization: "" } })).status).toBe(401);
    }
  });

  it("is in no answer and no log, whatever goes wrong", async () => {
    const logs = (["log", "info", "warn", "error", "debug"] as const).map((level) =>
      vi.spyOn(console, level),
    );
    let told = "";
    for (const [method, path, body] of [
      ["POST", `${configuredPath}/query`, `{"sql": "SELECT '${"x".repeat(10)}"}`],
      ["POST", `${configuredPath}/procedures/ThrowText`, "[]"],
      ["POST", `${configuredPath}/procedures/ThrowDatabaseError`, '["INTERNAL_ERROR"]'],
      ["POST", `${configuredPath}/import`, '{"action": "init", "etag": "0123456789abcdef0123456789abcdef"}'],
      ["GET", "/client/v4/nowhere", undefined],
      ["GET", "/files/x.y", undefined],
    ] as const) {
      const response = await send(path, { method, ...(body !== undefined && { body }) });
      told += (await response.text()) + JSON.stringify([...response.headers]);
    }
    told += JSON.stringify(logs.map((log) => log.mock.calls));
    expect(told).not.toContain(token);
    expect(told).not.toContain(readOnlyToken);
    vi.restoreAllMocks();
  });
});
