/** What happens on the TCP connection of an upload. Straight against workerd, as in http-connection.test.ts. */

import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleWorker } from "../support/bundle-worker.ts";

const token = "token-of-the-upload-tests";
let miniflare: Miniflare;
let url: URL;

beforeAll(async () => {
  miniflare = new Miniflare({
    name: "d1-procedures-test",
    modules: true,
    script: bundleWorker(new URL("../worker.ts", import.meta.url)),
    compatibilityDate: "2026-04-24",
    compatibilityFlags: ["nodejs_compat", "enable_request_signal"],
    host: "127.0.0.1",
    bindings: { API_TOKEN: token, DATABASE_NAME: "shop" },
    durableObjects: {
      DB: { className: "Database", useSQLite: true },
      CATALOG: { className: "Catalog", useSQLite: true },
    },
    r2Buckets: ["DUMPS"],
  });
  url = await miniflare.ready;
});

afterAll(() => miniflare.dispose());

/** Announces a file, and gives the URL for it; undefined if it is there already. */
async function announce(file: Buffer): Promise<URL | undefined> {
  const response = await fetch(new URL("/client/v4/accounts/local/d1/database/shop/import", url), {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ action: "init", etag: createHash("md5").update(file).digest("hex") }),
  });
  const { result } = (await response.json()) as { result: { upload_url?: string } };
  return result.upload_url === undefined ? undefined : new URL(result.upload_url);
}

/** Sends the head of a PUT and a part of its body. */
async function begin({ pathname, host }: URL, header: string, part: Buffer) {
  const socket = connect(Number(url.port), url.hostname);
  await once(socket, "connect");
  socket.on("error", () => {});
  socket.write(`PUT ${pathname} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${header}\r\n\r\n`);
  socket.write(part);
  return socket;
}

it("leaves nothing when the client goes away in the middle, and the next upload works", async () => {
  const file = Buffer.from(`SELECT '${"x".repeat(500_000)}';`);
  const upload = (await announce(file))!;
  const socket = await begin(upload, `Content-Length: ${file.length}`, file.subarray(0, 400_000));
  await sleep(300);
  socket.resetAndDestroy();
  await sleep(300);
  expect(await announce(file)).toBeDefined();

  const response = await fetch(upload, { method: "PUT", body: file });
  expect([response.status, response.headers.get("etag")]).toEqual([
    200,
    `"${createHash("md5").update(file).digest("hex")}"`,
  ]);
  expect(await announce(file)).toBeUndefined();
});

it("is refused with 411 when it comes in chunks, without being read to its end", async () => {
  const file = Buffer.from(`SELECT '${"y".repeat(100_000)}';`);
  const upload = (await announce(file))!;
  const socket = await begin(upload, "Transfer-Encoding: chunked", Buffer.from("10\r\n0123456789abcdef\r\n"));
  const [answer] = await once(socket.setEncoding("utf8"), "data");
  socket.destroy();
  expect(answer).toMatch(/^HTTP\/1\.1 411 /);
  expect(await announce(file)).toBeDefined();
});
