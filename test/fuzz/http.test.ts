import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { catalogName } from "../../src/catalog-protocol.ts";
import { token } from "../http/http-client.ts";
import { readOnlyToken } from "../http/rest-client.ts";
import { fuzzParameters } from "../support/fuzz.ts";
import { misfitsOf } from "../support/json-schema.ts";
import { operationsOf } from "../support/openapi.ts";
import { stateOf } from "../support/transfers.ts";
import { withinTime } from "../support/within-time.ts";
import { type FuzzedRequest, requestsTo } from "./http-requests.ts";
import { corpusSchema } from "./sql-corpus.ts";
import { mayRunForever } from "./whole-state.ts";

type Document = Parameters<typeof operationsOf>[0];
type Schema = Parameters<typeof misfitsOf>[1];

/** What a request sends for each holder of a token; nobody has some of these. */
const authorizations = {
  full: [`Bearer ${token}`],
  "read-only": [`Bearer ${readOnlyToken}`],
  nobody: ["", "Bearer", "Bearer x", `Basic ${token}`, `Bearer ${token}x`, `Bearer ${token.slice(1)}`],
};

/** Words of a stack, of a source file, of the runtime's own trouble. */
const insides = /\n\s+at |\.(?:ts|mjs|js):\d|node_modules|file:\/\/|internal error/;

function fetchRaw(path: string, init: RequestInit = {}): Promise<Response> {
  return exports.default.fetch(new Request(`http://localhost${path}`, { redirect: "manual", ...init }));
}

/** The rows of the database and of the catalog: neither changes without the full token. */
async function everything(): Promise<unknown> {
  const objects: [DurableObjectNamespace, string][] = [
    [env.DB, "default"],
    [env.CATALOG, catalogName],
  ];
  return Promise.all(
    objects.map(([namespace, name]) =>
      runInDurableObject(namespace.getByName(name), (_object, { storage }) => stateOf(storage.sql)),
    ),
  );
}

/** Null for what no client could send. */
function requestInit({ method, headers, body, holder }: FuzzedRequest, variant: number): RequestInit | null {
  const values = authorizations[holder];
  try {
    const all = new Headers([...headers, ["authorization", values[variant % values.length]!]]);
    return { method, headers: all, ...(method !== "GET" && method !== "HEAD" && { body }) };
  } catch {
    return null;
  }
}

function isOpen({ operation }: FuzzedRequest): boolean {
  return (operation.operation.security as unknown[]).length === 0;
}

/** It would start a Workflow, which goes on after its test. */
function startsWork({ operation, path, holder }: FuzzedRequest): boolean {
  const { searchParams } = new URL(path, "http://localhost");
  return (
    operation.operation.operationId === "createBackup" &&
    holder === "full" &&
    !searchParams.get("instance_id")
  );
}

/** The schema that the document has for an answer; undefined if it has no JSON. */
function schemaOf({ operation }: FuzzedRequest, status: number): Schema | undefined {
  const responses = operation.operation.responses as Record<
    string,
    { content?: Record<string, { schema: Schema }> }
  >;
  const response = responses[status] ?? responses[`${Math.floor(status / 100)}XX`];
  expect(response, `the status ${status} is not in the document`).toBeDefined();
  return response?.content?.["application/json"]?.schema;
}

/** D1's envelope below its prefix, the one of procedures elsewhere; files have one or the other, GraphQL has its own. */
function expectEnvelope(path: string, answer: unknown): void {
  const isRest = path.startsWith("/client/v4/");
  const envelope = {
    success: false,
    errors: [expect.objectContaining({ message: expect.stringMatching(/\S/) })],
  };
  const graphql = { data: null, errors: expect.arrayContaining([{ message: expect.any(String) }]) };
  if ((answer as { data?: null }).data === null)
    expect(Object.keys(answer as object)).toEqual(Object.keys(graphql));
  else {
    expect(answer).toMatchObject(envelope);
    const { code } = (answer as { errors: { code: unknown }[] }).errors[0]!;
    expect(typeof code === "number" || (!isRest && typeof code === "string")).toBe(true);
  }
}

async function check(request: FuzzedRequest, response: Response, document: Document): Promise<void> {
  const { method, operation, path, holder } = request;
  const text = await withinTime(response.text());
  const told = text + JSON.stringify([...response.headers]);
  for (const secret of [token, readOnlyToken]) expect(told).not.toContain(secret);
  if (!operation.path.startsWith("/reference")) expect(told).not.toMatch(insides);

  const { status } = response;
  expect(status).not.toBe(500);
  expect([502, 503, 504, 429]).not.toContain(status);
  if (method === "HEAD") return;
  if (status >= 400) {
    expect(response.headers.get("content-type")).toContain("application/json");
    expectEnvelope(new URL(path, "http://localhost").pathname, JSON.parse(text));
  }
  if (holder === "nobody" && !isOpen(request)) expect(status).toBe(401);
  const reached =
    method === operation.method.toUpperCase() && response.headers.get("content-type")?.includes("json");
  if (!reached || [401, 403, 404].includes(status)) return;
  const schema = schemaOf(request, status);
  if (schema !== undefined) expect(misfitsOf(JSON.parse(text), schema, document)).toEqual([]);
}

describe("a request over HTTP", () => {
  const { parameters, timeoutMs } = fuzzParameters("HTTP requests", { runs: 60, seconds: 20 });

  it(
    "is answered as the OpenAPI document says, opens nothing to nobody, and tells nothing of the insides",
    async () => {
      const document = await (await fetchRaw("/openapi.json")).json<Document>();
      const schema = { method: "POST", body: JSON.stringify({ sql: corpusSchema }) };
      const database = `/client/v4/accounts/${env.ACCOUNT_ID}/d1/database/${env.DATABASE_ID}`;
      const setUp = await fetchRaw(`${database}/query`, {
        ...schema,
        headers: { authorization: `Bearer ${token}` },
      });
      expect(await setUp.json()).toMatchObject({ success: true });
      const statuses: Record<string, number> = {};
      const property = fc.asyncProperty(
        requestsTo(operationsOf(document)),
        fc.nat(),
        async (request, variant) => {
          const init = requestInit(request, variant);
          if (init === null || startsWork(request) || mayRunForever(String(request.body))) return;
          const before = request.holder === "full" ? undefined : await everything();
          const response = await withinTime(fetchRaw(request.path, init));
          await check(request, response, document);
          if (before !== undefined) expect(await everything()).toEqual(before);
          statuses[response.status] = (statuses[response.status] ?? 0) + 1;
        },
      );
      await fc.assert(property, parameters);
      console.info(statuses);
      for (const status of [200, 400, 401, 404]) expect(statuses[status]).toBeGreaterThan(3);
    },
    timeoutMs,
  );
});
