import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { createHttpApp } from "../../src/http/http-app.ts";
import { send, token } from "./http-client.ts";

const procedure = { method: "POST", body: "[1]" };

describe("the bearer token", () => {
  it("is not asked for by the health check", async () => {
    const response = await send("/health", { headers: { authorization: "" } });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ success: true, result: { status: "ok" }, errors: [] });
  });

  it("opens the API when it is right, however the scheme is written", async () => {
    for (const scheme of ["Bearer", "bearer", "BEARER "]) {
      const response = await send("/procedures/Echo", {
        ...procedure,
        headers: { authorization: `${scheme} ${token}` },
      });
      expect(response.status).toBe(200);
    }
  });

  it.each([
    ["missing", ""],
    ["empty", "Bearer "],
    ["wrong", "Bearer wrong"],
    ["a prefix of the right one", `Bearer ${token.slice(0, -1)}`],
    ["longer than the right one", `Bearer ${token}x`],
    ["of another scheme", `Basic ${token}`],
    ["followed by something else", `Bearer ${token} ${token}`],
  ])("is refused with 401 when it is %s, before anything is looked at", async (_what, authorization) => {
    for (const path of ["/procedures/Echo", "/procedures/Nothing", "/no/such/route", "/"]) {
      const response = await send(path, { ...procedure, headers: { authorization } });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
      expect(await response.json()).toMatchObject({
        success: false,
        result: null,
        errors: [{ code: "UNAUTHORIZED", name: "DatabaseError" }],
      });
    }
  });

  it("answers in Cloudflare's envelope below /client/v4", async () => {
    const response = await send("/client/v4/accounts/a/d1/database/b/query", {
      ...procedure,
      headers: { authorization: "Bearer wrong" },
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ success: false, errors: [{ code: 10000 }], messages: [] });
  });

  it.each([undefined, ""])(
    "closes the API when none is configured (%j), and says how to set one",
    async (API_TOKEN) => {
      const request = (path: string, authorization: string) =>
        createHttpApp().fetch(
          new Request(`http://localhost${path}`, { ...procedure, headers: { authorization } }),
          { ...env, API_TOKEN },
          createExecutionContext(),
        );
      for (const authorization of ["", "Bearer ", "Bearer undefined", `Bearer ${token}`]) {
        const response = await request("/procedures/Echo", authorization);
        expect(response.status).toBe(503);
        expect(response.headers.has("retry-after")).toBe(false);
        expect(await response.json()).toMatchObject({
          errors: [
            {
              code: "NO_TOKEN_CONFIGURED",
              message: expect.stringMatching(/npx wrangler secret put API_TOKEN[\s\S]*\.dev\.vars/),
            },
          ],
        });
      }
      const rest = await request("/client/v4/accounts/a/d1/database/b/query", `Bearer ${token}`);
      expect(await rest.json()).toMatchObject({ errors: [{ code: 10000 }] });
    },
  );

  it("never appears in an answer or a log", async () => {
    const logs = (["log", "info", "warn", "error", "debug"] as const).map((level) =>
      vi.spyOn(console, level),
    );
    const secret = "a-wrong-token-that-is-a-secret-elsewhere";
    const response = await send("/procedures/Echo", {
      ...procedure,
      headers: { authorization: `Bearer ${secret}` },
    });
    const text = (await response.text()) + JSON.stringify([...response.headers]);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(token);
    for (const log of logs) expect(JSON.stringify(log.mock.calls)).not.toContain(secret);
    vi.restoreAllMocks();
  });
});
