import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BackupStore } from "../../src/backup/backup-store.ts";
import { sqlOf } from "./backups.ts";
import { type Answer, failure, playCloudflare, type Seen } from "./cloudflare-api.ts";
import { backUp, failToBackUp, watchLog } from "./instances.ts";

const store = new BackupStore(env.BACKUPS);
const bookmark = "00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683";
const workflow = env.CLOUDFLARE_BACKUP;
const dump = "PRAGMA defer_foreign_keys=TRUE;\nCREATE TABLE t (x);\n";
const signed_url = "https://dumps.test/dump.sql?signature=abc";

let databaseId: string;
let params: { accountId: string; databaseId: string };

beforeEach(() => {
  databaseId = crypto.randomUUID();
  params = { accountId: "023e105f4ecef8ad9ca31a8372d0c353", databaseId };
  watchLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** An API whose export is done at the third poll. */
function slowApi(complete: object): Answer {
  let polls = 0;
  return ({ method, body }: Seen) => {
    if (method === "GET") return { uuid: databaseId, name: "shop", version: "production", file_size: 1 };
    if (body.current_bookmark === undefined) {
      return {
        at_bookmark: bookmark,
        status: "active",
        success: true,
        type: "export",
        messages: ["Generating"],
      };
    }
    return ++polls < 3 ? { at_bookmark: bookmark, status: "active", success: true, result: null } : complete;
  };
}

const nested = {
  at_bookmark: bookmark,
  status: "complete",
  success: true,
  result: { filename: "a.sql", signed_url },
};
const flat = { at_bookmark: bookmark, status: "complete", success: true, filename: "a.sql", signed_url };

describe("the backup of a Cloudflare D1", () => {
  it.each([
    ["result.result.signed_url", nested],
    ["result.signed_url", flat],
  ])("polls until there is %s, and stores what is there", async (_where, complete) => {
    const seen = playCloudflare(slowApi(complete), () => new Response(dump));
    const { backup } = await backUp(params, { workflow });
    expect(backup).toMatchObject({
      database_uuid: databaseId,
      database_name: "shop",
      bookmark,
      tables: null,
    });
    expect(await sqlOf(backup)).toBe(dump);

    const path = `/client/v4/accounts/${params.accountId}/d1/database/${databaseId}`;
    expect(seen.slice(0, 3)).toEqual([
      expect.objectContaining({ method: "GET", path }),
      expect.objectContaining({ method: "POST", path: `${path}/export`, body: { output_format: "polling" } }),
      expect.objectContaining({ body: { output_format: "polling", current_bookmark: bookmark } }),
    ]);
    for (const { path: asked, authorization } of seen) {
      // The signed URL leads to others, who are not to get the token.
      expect([asked, authorization]).toEqual([
        asked,
        asked.startsWith("/client/") ? "Bearer of-cloudflare" : null,
      ]);
    }
  });

  it("asks for another URL when the first one has expired, and needs no new export", async () => {
    let urls = 0;
    const api = slowApi(nested);
    const seen = playCloudflare(
      (request) => {
        const answer = api(request) as { status?: string };
        if (answer.status !== "complete") return answer;
        return { ...answer, result: { filename: "a.sql", signed_url: `https://dumps.test/${++urls}` } };
      },
      // The first one is told at the end of the wait, the second one has expired, too.
      ({ pathname }) => (pathname === "/3" ? new Response(dump) : new Response("expired", { status: 403 })),
    );
    const { backup } = await backUp(params, { workflow });
    expect(await sqlOf(backup)).toBe(dump);
    const started = seen.filter(
      ({ method, body }) => method === "POST" && body.current_bookmark === undefined,
    );
    expect(started).toHaveLength(1);
  });

  it("starts another export when D1 has given the first one up", async () => {
    let exports = 0;
    const api = slowApi(nested);
    playCloudflare(
      (request) => {
        if (request.method === "POST" && request.body.current_bookmark === undefined) exports++;
        if (request.body.current_bookmark !== undefined && exports === 1) {
          return { at_bookmark: bookmark, status: "error", success: false, error: "Export was cancelled" };
        }
        return api(request);
      },
      () => new Response(dump),
    );
    await backUp(params, { workflow });
    expect(exports).toBe(2);
  });

  it("goes on when the API is overloaded, is down, or answers what is no JSON", async () => {
    const troubles = [
      () => failure(429, 971, "Please wait"),
      () => failure(500, 7500, "internal error"),
      () => new Response("<html>Bad gateway</html>", { status: 502 }),
    ];
    const api = slowApi(nested);
    let requests = 0;
    playCloudflare(
      (request) => (requests++ % 2 === 0 && troubles.length > 0 ? troubles.shift()!() : api(request)),
      () => new Response(dump),
    );
    const { backup } = await backUp(params, { workflow });
    expect(troubles).toHaveLength(0);
    expect(await store.ids(databaseId)).toEqual([backup.id]);
  });

  it("goes on when a download breaks off", async () => {
    let downloads = 0;
    playCloudflare(slowApi(nested), () =>
      ++downloads === 1
        ? new Response(dump.slice(0, 9), { headers: { "content-length": String(dump.length) } })
        : new Response(dump, { headers: { "content-length": String(dump.length) } }),
    );
    const { backup } = await backUp(params, { workflow });
    expect([downloads, backup.sql_bytes]).toEqual([2, dump.length]);
  });

  it.each([
    [401, 10000, "Authentication error"],
    [404, 7404, "The database could not be found"],
  ])("ends at once when the API answers %s", async (status, code, message) => {
    const seen = playCloudflare(
      () => failure(status, code, message),
      () => new Response(dump),
    );
    expect(await failToBackUp(params, { workflow })).toContain(`${message} [code: ${code}]`);
    expect(seen).toHaveLength(1);
  });
});
