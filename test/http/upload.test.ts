import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createHttpApp } from "../../src/http/http-app.ts";
import { UrlSigner } from "../../src/http/signed-files/signed-url.ts";
import { maxUploadBytes } from "../../src/limits.ts";
import { token } from "./http-client.ts";
import { type SqlFile, sqlFile } from "./sql-file.ts";

let file: SqlFile;
let key: string;
let url: string;

beforeEach(async () => {
  // What fails on the way is logged.
  vi.spyOn(console, "error").mockImplementation(() => {});
  file = await sqlFile(`SELECT ${Math.random()};`);
  key = `imports/some-database/${file.etag}.sql`;
  url = await new UrlSigner(token).sign({ method: "PUT", key, filename: "x" }, "http://localhost");
});
afterEach(() => vi.restoreAllMocks());

async function put(body: BodyInit | null, contentLength: number | string | null) {
  const headers = new Headers(contentLength === null ? {} : { "content-length": String(contentLength) });
  const request = new Request(url, { method: "PUT", body, headers });
  const response = await createHttpApp().fetch(request, env, createExecutionContext());
  return { status: response.status, text: await response.text() };
}

/** The first `sent` bytes of `announced`, and then the connection breaks. */
function brokenOff(announced: number, sent: Uint8Array): ReadableStream<Uint8Array> {
  const { readable, writable } = new FixedLengthStream(announced);
  const writer = writable.getWriter();
  writer
    .write(sent)
    .then(() => writer.abort(new Error("connection lost")))
    .catch(() => {});
  return readable;
}

describe("an upload", () => {
  it("is stored under its key, by its MD5", async () => {
    expect(await put(file.body, file.body.length)).toEqual({ status: 200, text: "" });
    const stored = await env.DUMPS.head(key);
    expect(stored!.size).toBe(file.body.length);
    expect(stored!.checksums.toJSON().md5).toBe(file.etag);
  });

  it("may be empty", async () => {
    file = await sqlFile("");
    key = `imports/some-database/${file.etag}.sql`;
    url = await new UrlSigner(token).sign({ method: "PUT", key, filename: "x" }, "http://localhost");
    expect((await put(null, 0)).status).toBe(200);
    expect((await env.DUMPS.head(key))!.size).toBe(0);
  });

  it("is refused when it is another file than was announced, and nothing is stored", async () => {
    const other = new TextEncoder().encode("DROP TABLE purchase;");
    const { status, text } = await put(other, other.length);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      success: false,
      errors: [{ code: 7400, message: expect.stringContaining("MD5") }],
    });
    expect(await env.DUMPS.head(key)).toBeNull();
  });

  it("leaves nothing when it breaks off", async () => {
    const { status, text } = await put(brokenOff(file.body.length, file.body.slice(0, 5)), file.body.length);
    expect(status).toBe(400);
    expect(text).toContain("broke off");
    expect(await env.DUMPS.head(key)).toBeNull();
  });

  it("leaves an earlier upload as it was when it breaks off", async () => {
    await put(file.body, file.body.length);
    await put(brokenOff(file.body.length, file.body.slice(0, 5)), file.body.length);
    expect(await (await env.DUMPS.get(key))!.bytes()).toEqual(file.body);
  });

  it.each([null, "", "x", "-1", "1.5", "1e3", "0x10"])(
    "is refused with 411 when its length is %j",
    async (length) => {
      const stream = new Response(file.body).body;
      const { status, text } = await put(stream, length);
      expect(status).toBe(411);
      expect(text).toContain("Content-Length");
      expect(await env.DUMPS.head(key)).toBeNull();
    },
  );

  it("is refused with 413 when it is too large, before it is read", async () => {
    let wasRead = false;
    const stream = new ReadableStream(
      {
        pull(controller) {
          wasRead = true;
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    for (const length of [maxUploadBytes + 1, "9".repeat(400)]) {
      const { status, text } = await put(stream, length);
      expect(status).toBe(413);
      expect(text).toContain(String(maxUploadBytes));
    }
    expect(wasRead).toBe(false);
  });
});
