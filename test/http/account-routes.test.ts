import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createHttpApp } from "../../src/http/http-app.ts";
import { token } from "./http-client.ts";
import { databasesPath, reading, rest } from "./rest-client.ts";

describe("what wrangler asks beside databases", () => {
  it("is told the one account", async () => {
    const { answer } = await rest<{ id: string }[]>("GET", "/client/v4/accounts");
    expect(answer.result).toEqual([{ id: env.ACCOUNT_ID, name: expect.any(String) }]);
    expect(answer.result_info).toMatchObject({ page: 1, count: 1, total_count: 1 });
  });

  it("is told the membership in it, from which wrangler takes the account id", async () => {
    const { answer } = await rest<{ account: { id: string } }[]>("GET", "/client/v4/memberships?page=1");
    expect(answer.result.map(({ account }) => account.id)).toEqual([env.ACCOUNT_ID]);
    expect(answer.result_info).toMatchObject({ total_count: 1 });
  });

  it("is told that the token is right, and nothing of it", async () => {
    for (const headers of [{}, reading]) {
      const { answer } = await rest("GET", "/client/v4/user/tokens/verify", undefined, headers);
      expect(answer).toMatchObject({ success: true, result: { status: "active" } });
      const user = await rest("GET", "/client/v4/user", undefined, headers);
      expect(JSON.stringify([answer, user.answer])).not.toContain(token);
    }
  });

  it("is told 10000 for a wrong token", async () => {
    for (const path of ["accounts", "memberships", "user", "user/tokens/verify"]) {
      const { status, answer } = await rest("GET", `/client/v4/${path}`, undefined, {
        authorization: "Bearer wrong",
      });
      expect([path, status, answer.errors[0]!.code]).toEqual([path, 401, 10000]);
    }
  });
});

describe("the account of a request", () => {
  it.each([
    "other",
    "",
    "__proto__",
    `${env.ACCOUNT_ID}x`,
    env.ACCOUNT_ID.toUpperCase(),
    `${env.ACCOUNT_ID}%00`,
    "..%2f",
  ])("is refused with 7403 when it is %j, on every path below it", async (account) => {
    const other = databasesPath.replace(env.ACCOUNT_ID, account);
    for (const [method, path] of [
      ["GET", other],
      ["POST", other],
      ["DELETE", `${other}/${env.DATABASE_ID}`],
      ["POST", `${other}/${env.DATABASE_ID}/query`],
      ["GET", `${other}/no/such/route`],
    ] as const) {
      const { status, answer } = await rest(method, path);
      expect(status).toBe(account === "" ? 404 : 403);
      expect(answer.errors[0]!.code).toBe(account === "" ? 7003 : 7403);
    }
  });

  it("is 'local' unless configured", async () => {
    const { ACCOUNT_ID: _, ...withoutAccount } = env;
    const response = await createHttpApp().fetch(
      new Request("http://localhost/client/v4/accounts/local/d1/database", {
        headers: { authorization: `Bearer ${token}` },
      }),
      withoutAccount,
      createExecutionContext(),
    );
    expect(response.status).toBe(200);
  });
});
