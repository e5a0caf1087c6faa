import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { toBase64Url } from "../../src/http/signed-files/base64-url.ts";
import { type Grant, UrlSigner } from "../../src/http/signed-files/signed-url.ts";
import { signedUrlTtlMs } from "../../src/limits.ts";
import { send, token } from "./http-client.ts";
import { pathOf, sqlFile } from "./sql-file.ts";

const key = "exports/some-database/file.sql";
const content = "SELECT 'secret';";
const download: Grant = { method: "GET", key, filename: "file.sql" };

/** No token: a signed URL is its own permission. */
const anonymous = { authorization: "" };

async function sign(grant: Grant = download, secret = token): Promise<string> {
  return pathOf(await new UrlSigner(secret).sign(grant, "http://localhost"));
}

async function get(path: string, init: RequestInit = {}) {
  const response = await send(path, { headers: anonymous, ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

beforeEach(() => env.DUMPS.put(key, content));
afterEach(() => vi.restoreAllMocks());

describe("a signed URL", () => {
  it("opens its file for whoever has it, with the name to save it under", async () => {
    const { status, headers, text } = await get(await sign());
    expect([status, text]).toEqual([200, content]);
    expect(headers.get("content-type")).toBe("application/sql; charset=utf-8");
    expect(headers.get("content-disposition")).toBe('attachment; filename="file.sql"');
    expect(headers.get("content-length")).toBe(String(content.length));
    expect(headers.get("cache-control")).toContain("no-store");
  });

  it("has the origin that it was asked for with, and no token", async () => {
    const url = await new UrlSigner(token).sign(download, "https://db.example.com:8443");
    expect(url).toMatch(/^https:\/\/db\.example\.com:8443\/files\/[\w-]+\.[\w-]+$/);
    expect(url).not.toContain(token);
    expect(atob(url.split("/")[4]!.split(".")[0]!.replaceAll("-", "+").replaceAll("_", "/"))).not.toContain(
      token,
    );
  });

  it("is refused when it has expired", async () => {
    const now = Date.now();
    vi.spyOn(Date, "now").mockReturnValue(now - signedUrlTtlMs);
    const path = await sign();
    vi.restoreAllMocks();
    const { status, text } = await get(path);
    expect(status).toBe(403);
    expect(JSON.parse(text)).toMatchObject({
      success: false,
      errors: [{ code: 10000, message: expect.stringContaining("expired") }],
    });
  });

  it("opens nothing with another method", async () => {
    const put = await get(await sign(), { method: "PUT", body: "overwritten" });
    expect(put.status).toBe(403);
    const upload = await sign({ ...download, method: "PUT" });
    expect((await get(upload)).status).toBe(403);
    for (const method of ["DELETE", "POST", "PATCH"]) {
      expect((await get(await sign(), { method })).status).toBe(401);
    }
    expect(await (await env.DUMPS.get(key))!.text()).toBe(content);
  });

  it("is refused with a signature that was made for another file", async () => {
    await env.DUMPS.put("exports/other/file.sql", "SELECT 'other';");
    const [, own] = (await sign()).split(".");
    const [other] = (await sign({ ...download, key: "exports/other/file.sql" })).split(".");
    expect((await get(`${other}.${own}`)).status).toBe(403);
  });

  it("is refused when anything of it was changed", async () => {
    const path = await sign();
    const [payload = "", signature = ""] = path.slice("/files/".length).split(".");
    const changed = (text: string, at: number) =>
      `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
    for (const forged of [
      ...[0, 10, payload.length - 2].map((at) => `${changed(payload, at)}.${signature}`),
      ...[0, 10].map((at) => `${payload}.${changed(signature, at)}`),
      `${payload}.`,
      `${payload}`,
      `.${signature}`,
      ".",
      "..",
      `${payload}.${signature}.${signature}`,
      `${payload}.${signature}x`,
      `${payload}.${signature.slice(0, -1)}`,
      `${payload}%00.${signature}`,
      `${payload}.${signature}%00`,
    ]) {
      expect([forged, (await get(`/files/${forged}`)).status]).toEqual([
        forged,
        forged === ".." || forged === "." ? 401 : 403,
      ]);
    }
  });

  it("is refused when it was signed with another secret, or with the token itself", async () => {
    expect((await get(await sign(download, "another-token"))).status).toBe(403);
    const payload = toBase64Url(
      new TextEncoder().encode(JSON.stringify({ ...download, expiresAtMs: Date.now() + 1000 })),
    );
    const encoder = new TextEncoder();
    const tokenKey = await crypto.subtle.importKey(
      "raw",
      encoder.encode(token),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
    const mac = new Uint8Array(await crypto.subtle.sign("HMAC", tokenKey, encoder.encode(payload)));
    expect((await get(`/files/${payload}.${toBase64Url(mac)}`)).status).toBe(403);
  });

  it("cannot be led elsewhere by its path", async () => {
    const signed = (await sign()).slice("/files/".length);
    for (const path of [
      `/files/${signed}/../../exports/other/file.sql`,
      `/files/exports%2fother%2ffile.sql`,
      `/files/..%2f${signed}`,
      `/files/x%2f${signed}`,
      `/files/${signed}%2f..`,
    ]) {
      const { status, text } = await get(path);
      expect([path, status === 401 || status === 403]).toEqual([path, true]);
      expect(text).not.toContain("SELECT");
    }
  });

  it("tells when the file is no longer there", async () => {
    await env.DUMPS.delete(key);
    const { status, text } = await get(await sign());
    expect(status).toBe(404);
    expect(text).toContain("no longer there");
  });

  it("of an upload writes to its own file only", async () => {
    const { body, etag } = await sqlFile("SELECT 1;");
    const path = await sign({ method: "PUT", key: `imports/some-database/${etag}.sql`, filename: "x" });
    const response = await send(path, { method: "PUT", body, headers: anonymous });
    expect([response.status, response.headers.get("etag")]).toEqual([200, `"${etag}"`]);
    const stored = await env.DUMPS.get(`imports/some-database/${etag}.sql`);
    expect(await stored!.text()).toBe("SELECT 1;");
  });
});
