import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { send, token } from "../http/http-client.ts";
import { createDatabase, databasesPath, readOnlyToken } from "../http/rest-client.ts";
import { pathOf } from "../http/sql-file.ts";
import { fuzzParameters } from "../support/fuzz.ts";
import { stateOf, textOfDump } from "../support/transfers.ts";
import { withinTime } from "../support/within-time.ts";
import { changedDump, changes } from "./dump-mutation.ts";

const schema = "CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)";
const dump = `PRAGMA defer_foreign_keys=TRUE;
CREATE TABLE made (id INTEGER PRIMARY KEY, text TEXT);
INSERT INTO "made" ("id","text") VALUES(1,'it''s; "so"');
INSERT INTO "made" ("id","text") VALUES(2,'€');
INSERT INTO t VALUES (2);
`;

const insides = /\n\s+at |\.(?:ts|mjs|js):\d|node_modules|file:\/\/|internal error/;

/** One change of a signed URL's path, each of which makes it another one. */
const forgeries: Record<string, (path: string, at: number) => string> = {
  "a character less": (path, at) => without(path, at),
  "a character more": (path, at) => `${path.slice(0, insideOf(path, at))}A${path.slice(insideOf(path, at))}`,
  "another character": (path, at) => {
    const index = insideOf(path, at);
    // Of the last character of a base64url text not all bits count.
    return path.slice(0, index) + (path[index] === "A" ? "B" : "A") + path.slice(index + 1);
  },
  "no signature": (path) => path.replace(/\.[^.]*$/, ""),
  "an empty signature": (path) => path.replace(/\.[^.]*$/, "."),
  "one part more": (path) => `${path}.x`,
};
const prefix = "/files/".length;
const insideOf = (path: string, at: number) => prefix + (at % (path.length - prefix - 1));
const without = (path: string, at: number) =>
  path.slice(0, insideOf(path, at)) + path.slice(insideOf(path, at) + 1);

const seldom = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, value);

const attempts = fc.record({
  changes: fc.oneof(changes, changes, fc.constant([])),
  forgery: seldom(fc.constantFrom(...Object.keys(forgeries))),
  at: fc.nat(),
  /** The file that comes is another one than was announced. */
  swapped: seldom(fc.constant(true)),
  upload: seldom(fc.constantFrom("GET", "POST", "DELETE")),
  filename: seldom(fc.string()),
});

interface Answer {
  status: number;
  success?: boolean;
  result?: {
    upload_url?: string;
    filename?: string;
    status?: string;
    at_bookmark?: string;
    result?: { signed_url: string };
  };
}

async function answerOf(response: Promise<Response>): Promise<Answer & { text: string }> {
  const answer = await withinTime(response);
  const text = new TextDecoder().decode(await answer.arrayBuffer());
  const told = text + JSON.stringify([...answer.headers]);
  for (const secret of [token, readOnlyToken]) expect(told).not.toContain(secret);
  expect(told).not.toMatch(insides);
  expect(answer.status).toBeLessThan(500);
  const isJson = answer.headers.get("content-type")?.includes("json");
  return { text, ...(isJson && JSON.parse(text)), status: answer.status };
}

describe("an import and an export over HTTP", () => {
  const { parameters, timeoutMs } = fuzzParameters("imports and exports", { runs: 15, seconds: 20 });

  it(
    "take the file that was announced, by the URL that was signed, whole or not at all",
    async () => {
      const { uuid } = await createDatabase(`fuzz-${crypto.randomUUID()}`);
      const inside = <T>(work: (state: DurableObjectState) => T) =>
        runInDurableObject(env.DB.getByName(uuid), (_object, state) => work(state));
      const post = (path: string, body: unknown) =>
        answerOf(send(`${databasesPath}/${uuid}/${path}`, { method: "POST", body: JSON.stringify(body) }));
      const open = { headers: { authorization: "" } };
      const counts = { imported: 0, refused: 0, forged: 0 };

      const untilEnded = async (path: string, answer: Answer, more = {}): Promise<Answer> => {
        if (answer.result?.status !== "active") return answer;
        return untilEnded(
          path,
          await post(path, { ...more, current_bookmark: answer.result.at_bookmark }),
          more,
        );
      };
      const property = fc.asyncProperty(
        attempts,
        async ({ changes, forgery, at, swapped, upload, filename }) => {
          // A file of its own: what is in the bucket already is imported without another upload.
          const mark = new TextEncoder().encode(`-- ${crypto.randomUUID()}\n`);
          const content = changedDump(dump, changes);
          const file = new Uint8Array([...mark, ...content]);
          const etag = Buffer.from(await crypto.subtle.digest("MD5", file)).toString("hex");
          await post("query", { sql: `DROP TABLE IF EXISTS made; DROP TABLE IF EXISTS t; ${schema}` });
          const before = await inside(({ storage }) => stateOf(storage.sql));
          const unchanged = async () => {
            expect(await inside(({ storage }) => stateOf(storage.sql))).toEqual(before);
          };

          const init = await post("import", { action: "init", etag });
          const { upload_url, filename: announced } = init.result!;
          const signed = pathOf(upload_url!);
          const path = forgery === null ? signed : forgeries[forgery]!(signed, at);
          const body = swapped === true ? new Uint8Array([...file, 0x20]) : file;
          const method = upload ?? "PUT";
          const stored = await answerOf(send(path, { ...open, method, ...(method !== "GET" && { body }) }));
          const isStored = forgery === null && swapped === null && method === "PUT";
          expect(stored.status === 200).toBe(isStored);
          if (forgery !== null) {
            counts.forged++;
            expect([403, 404, 401]).toContain(stored.status);
          }
          const ingest = await post("import", { action: "ingest", etag, filename: filename ?? announced });
          if (!isStored || filename !== null) {
            expect(ingest).toMatchObject({ status: 400, success: false });
            counts.refused++;
            return unchanged();
          }
          const ended = await untilEnded("import", ingest, { action: "poll" });
          expect(ended).toMatchObject({
            status: 200,
            result: { status: expect.stringMatching(/complete|error/) },
          });
          if (ended.result!.status === "error") {
            counts.refused++;
            await unchanged();
          } else counts.imported++;

          const polling = { output_format: "polling" };
          const exported = await untilEnded("export", await post("export", polling), polling);
          const download = pathOf(exported.result!.result!.signed_url);
          const { text } = await answerOf(send(download, open));
          expect(text).toBe(await inside(({ storage }) => textOfDump(storage.sql)));
          const forged = forgeries[forgery ?? "another character"]!(download, at);
          expect([403, 404, 401]).toContain((await answerOf(send(forged, open))).status);
        },
      );
      await fc.assert(property, parameters);
      console.info(counts);
      expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);
    },
    timeoutMs,
  );
});
