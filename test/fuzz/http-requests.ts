import { env } from "cloudflare:workers";
import fc from "fast-check";
import type { Operation } from "../support/openapi.ts";
import { sqlCorpus } from "./sql-corpus.ts";
import { mutated } from "./sql-mutation.ts";

/** Whose token a request has. */
export type Holder = "full" | "read-only" | "nobody";

export interface FuzzedRequest {
  operation: Operation;
  /** Other than the operation's in a few cases. */
  method: string;
  path: string;
  headers: [string, string][];
  body: string | Uint8Array<ArrayBuffer>;
  holder: Holder;
}

const odd = fc.oneof(
  fc.constantFrom(
    ..."constructor __proto__ toString null undefined NaN -1 1e9 0 %00 %2e%2e ..%2f %F0%9F%98%80 %ff a.b .. ; ' \" * true [] {} %252f 9007199254740993".split(
      " ",
    ),
  ),
  fc.string({ maxLength: 12 }).map((text) => encodeURIComponent(text.toWellFormed())),
  fc.constant("x".repeat(5_000)),
);
const mostly = (usual: string[], others: fc.Arbitrary<string> = odd) =>
  fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: others });

/** What stands in a path for each name in braces. */
const parts: Record<string, fc.Arbitrary<string>> = {
  account: mostly([env.ACCOUNT_ID]),
  database: mostly([env.DATABASE_ID, env.DATABASE_NAME, "missing"]),
  backup: mostly(["20261121T140003120Z-5f3a9c01"]),
  name: mostly([
    "Echo",
    "CountArguments",
    "CreateTables",
    "Insert",
    "Count",
    "ThrowOutOfStock",
    "ThrowError",
  ]),
  signed: mostly(["eyJtZXRob2QiOiJQVVQifQ.c2lnbmF0dXJl", "a.b", "e30.", ".", "a.b.c"]),
};

const sql = mutated(fc.constantFrom(...sqlCorpus, "SELECT 1; SELECT 2", "SELECT ?1 AS a"), 1);
const value = fc.jsonValue({ maxDepth: 2 });
const graphql = fc.constantFrom(
  '{ viewer { accounts(filter: { accountTag: "test-account" }) { d1QueriesAdaptiveGroups(limit: 5) { count } } } }',
  'query ($a: string) { viewer { accounts(filter: { accountTag: $a }) { d1AnalyticsAdaptiveGroups(limit: 1, filter: { date_geq: "2026-01-01" }) { sum { readQueries } dimensions { date } } } } }',
  "{ __schema { types { name fields { name type { name ofType { name } } } } } }",
  "{ a: viewer { accounts { d1StorageAdaptiveGroups(limit: 0) { max { databaseSizeBytes } } } } ...F } fragment F on Query { viewer { accounts { __typename } } }",
);

/** Bodies that each operation takes. */
const bodies: Record<string, fc.Arbitrary<unknown>> = {
  query: fc.oneof(
    fc.record({ sql }),
    fc.record({ sql, params: fc.array(value, { maxLength: 3 }) }),
    fc.record({
      batch: fc.array(fc.record({ sql, params: fc.array(value, { maxLength: 2 }) }), { maxLength: 3 }),
    }),
  ),
  importFile: fc.oneof(
    fc.record({ action: fc.constant("init"), etag: fc.constant("d41d8cd98f00b204e9800998ecf8427e") }),
    fc.record({ action: fc.constant("ingest"), etag: fc.constant("0".repeat(32)), filename: fc.string() }),
    fc.record({ action: fc.constant("poll"), current_bookmark: fc.string() }),
  ),
  exportFile: fc.record(
    {
      output_format: fc.constant("polling"),
      dump_options: fc.record({
        no_schema: fc.boolean(),
        no_data: fc.boolean(),
        tables: fc.array(fc.string()),
      }),
      current_bookmark: fc.string(),
    },
    { requiredKeys: ["output_format"] },
  ),
  createDatabase: fc.record({ name: fc.oneof(fc.string(), fc.constantFrom("made", "made-too")) }),
  replaceDatabaseSettings: fc.record({
    read_replication: fc.record({ mode: fc.constantFrom("auto", "disabled") }),
  }),
  queryAnalytics: fc.record(
    {
      query: fc.oneof(graphql, mutated(graphql, 2)),
      variables: fc.dictionary(fc.string(), value),
      operationName: fc.string(),
    },
    { requiredKeys: ["query"] },
  ),
  restoreBackup: fc.record({ into: fc.string(), create: fc.string() }, { requiredKeys: [] }),
};
bodies.queryRaw = bodies.query!;
bodies.changeDatabaseSettings = bodies.replaceDatabaseSettings!;
const argumentsOf = fc.array(value, { maxLength: 3 });

const junk = fc.oneof(
  value,
  fc.constantFrom<unknown>(null, [], {}, "", -1, 1e300, true, [[[]]], "x".repeat(3_000)),
);
const textChange = fc.record({
  at: fc.nat(),
  length: fc.nat({ max: 6 }),
  with: fc.constantFrom(
    "",
    "",
    "}",
    "[",
    '"',
    ",",
    "\\u0000",
    "\ud800",
    "\u0000",
    '"__proto__":{"a":1},',
    "1e999",
    "\ufeff",
    "/**/",
  ),
});

/** A body as text or bytes: what the operation takes, with a part replaced, or with damage to its text. */
function bodyOf(id: string): fc.Arbitrary<string | Uint8Array<ArrayBuffer>> {
  const valid = bodies[id] ?? argumentsOf;
  const part = fc.tuple(valid, fc.nat(), junk).map(([body, at, junk]) => {
    if (typeof body !== "object" || body === null) return junk;
    const copy = structuredClone(body) as Record<string, unknown>;
    const keys = [...Object.keys(copy), "extra"];
    copy[keys[at % keys.length]!] = junk;
    return copy;
  });
  const text = fc.oneof({ weight: 2, arbitrary: valid }, part).map((body) => JSON.stringify(body) ?? "");
  const damaged = fc
    .tuple(text, fc.array(textChange, { minLength: 1, maxLength: 3 }))
    .map(([text, changes]) =>
      changes.reduce((sum, { at, length, with: inserted }) => {
        const index = at % (sum.length + 1);
        return sum.slice(0, index) + inserted + sum.slice(index + length);
      }, text),
    );
  return fc.oneof(
    { weight: 4, arbitrary: text },
    { weight: 3, arbitrary: damaged },
    fc.constantFrom("", "null", "[]", "{}", "\u0000", "[".repeat(600)),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.slice()),
  );
}

const header = fc.oneof(
  fc.tuple(
    fc.constant("content-type"),
    fc.constantFrom(
      "application/json",
      "text/plain;charset=utf-16",
      "multipart/form-data",
      "multipart/form-data; boundary=x",
      "application/x-www-form-urlencoded",
      'application/json; charset="',
      "",
      "*",
    ),
  ),
  fc.tuple(fc.constant("content-encoding"), fc.constantFrom("gzip", "br", "identity", "deflate, gzip")),
  fc.tuple(fc.constant("accept"), fc.constantFrom("text/html", "application/xml;q=0.1", "*/*;q=x")),
  fc.tuple(fc.constant("accept-encoding"), fc.constantFrom("gzip", "identity;q=0")),
  fc.tuple(fc.constantFrom("x-http-method-override", "x-method-override"), fc.constant("DELETE")),
  fc.tuple(
    fc.constantFrom("range", "if-match", "if-none-match"),
    fc.constantFrom("bytes=0-1", "*", '"x"', "bytes=9-1"),
  ),
  fc.tuple(
    fc.constantFrom("origin", "host", "x-forwarded-host", "x-original-url"),
    fc.constantFrom("null", "evil.example", "/health"),
  ),
  fc.tuple(fc.constant("content-length"), fc.constantFrom("0", "-1", "99999999999999999999", "1e3", "x")),
  fc.tuple(
    fc.constant("cookie"),
    fc.string({ unit: "grapheme-ascii", maxLength: 20 }).map((text) => text.trim()),
  ),
);

const otherMethods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND"];

/** Requests to the operations of an OpenAPI document, most of them nearly right. */
export function requestsTo(operations: Operation[]): fc.Arbitrary<FuzzedRequest> {
  for (const { operation } of operations) {
    // All of it is too much to read of a failure.
    Object.defineProperty(operation, fc.toStringMethod, { value: () => operation.operationId });
  }
  return fc.constantFrom(...operations).chain((operation) => {
    const names = Array.from(operation.path.matchAll(/\{(\w+)\}/g), ([, name]) => name!);
    const declared = (operation.operation.parameters ?? []) as { name: string; in: string }[];
    const queryNames = declared.filter((parameter) => parameter.in === "query").map(({ name }) => name);
    return fc
      .record({
        parts: fc.tuple(...names.map((name) => parts[name]!)),
        query: fc.array(fc.tuple(fc.constantFrom(...queryNames, "x"), odd), { maxLength: 2 }),
        suffix: mostly([""], fc.constantFrom("/", "//", "/x", "%2f", "?", "#", ";x=1", ".json")),
        method: mostly([operation.method.toUpperCase()], fc.constantFrom(...otherMethods)),
        headers: fc.array(header, { maxLength: 2 }),
        body: bodyOf(String(operation.operation.operationId)),
        holder: fc.constantFrom<Holder>("full", "full", "full", "read-only", "nobody"),
      })
      .map(({ parts, query, suffix, ...rest }) => {
        let next = 0;
        const path = operation.path.replaceAll(/\{\w+\}/g, () => parts[next++]!);
        const search = query.map(([name, value]) => `${name}=${value}`).join("&");
        return { ...rest, operation, path: `${path}${suffix}${search === "" ? "" : `?${search}`}` };
      });
  });
}
