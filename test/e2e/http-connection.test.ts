/**
 * What happens on the TCP connection of an HTTP client. Straight against workerd: the proxy of `wrangler dev`
 * between client and Worker passes no disconnect on.
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, it } from "vitest";
import { maxHttpBodyBytes } from "../../src/limits.ts";
import { bundleWorker } from "../support/bundle-worker.ts";

const token = "token-of-the-connection-tests";
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
    durableObjects: { DB: { className: "Database", useSQLite: true } },
  });
  url = await miniflare.ready;
});

afterAll(() => miniflare.dispose());

async function call(name: string, ...args: unknown[]) {
  const response = await fetch(new URL(`/procedures/${name}`, url), {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(args),
  });
  return { status: response.status, ...((await response.json()) as { result: unknown }) };
}

/** Opens a connection and sends the head of a request. */
async function begin(path: string, header: string): Promise<Socket> {
  const socket = connect(Number(url.port), url.hostname);
  await new Promise((connected) => socket.once("connect", connected));
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: Bearer ${token}\r\n${header}\r\n\r\n`,
  );
  return socket;
}

it.each([
  ["plain", "/procedures"],
  ["D1 REST", "/client/v4/accounts/local/d1/database/shop/procedures"],
])(
  "a client of the %s route that goes away takes its transaction with it: rolled back, and the mutex is free",
  async (route, path) => {
    await call("CreateTables");
    const countBefore = (await call("Count")).result as number;
    const args = JSON.stringify([`abandoned on the ${route} route`, 8_000]);
    const socket = await begin(`${path}/InsertSlowly`, `Content-Length: ${args.length}`);
    socket.write(args);
    await sleep(500);
    // A reset: workerd takes a mere end of the client's stream for a client that still reads.
    socket.resetAndDestroy();

    expect(await call("Insert", `after the abandoned one on the ${route} route`)).toMatchObject({
      status: 200,
    });
    // Otherwise the insert would have waited for the abandoned one, and there would be two more.
    expect(await call("Count")).toMatchObject({ result: countBefore + 1 });
  },
);

it("a chunked body over the limit is answered with 413, and not read to its end", async () => {
  const socket = await begin("/procedures/Echo", "Transfer-Encoding: chunked");
  let answer = "";
  const answered = new Promise<void>((resolve) => {
    socket.setEncoding("utf8").on("data", (text: string) => {
      answer += text;
      if (answer.endsWith("}")) resolve();
    });
    // The server may close the connection while chunks are still being written.
    socket.on("error", () => {}).once("close", () => resolve());
  });
  const chunkBytes = maxHttpBodyBytes / 10;
  const chunk = `${chunkBytes.toString(16)}\r\n${" ".repeat(chunkBytes)}\r\n`;
  let sentBytes = 0;
  while (answer === "" && !socket.destroyed && sentBytes < 20 * maxHttpBodyBytes) {
    sentBytes += chunkBytes;
    // No more at once than the server takes.
    if (!socket.write(chunk)) await Promise.race([once(socket, "drain").catch(() => {}), answered]);
  }
  await answered;
  socket.destroy();
  expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"PAYLOAD_TOO_LARGE"/);
  expect(sentBytes).toBeLessThan(3 * maxHttpBodyBytes);
});
