import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import page from "../../docs/moving.md?raw";
import { connect } from "../../src/client/connect.ts";
import { everySnippetRuns } from "../support/doc-snippets.ts";
import shop from "./moving/shop.ts";
import worker from "./moving/worker.ts";
import source from "./moving/worker.ts?raw";

const schema = [
  "CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, name TEXT, purchases INTEGER NOT NULL DEFAULT 0)",
  "CREATE TABLE purchase (purchase_id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer, total REAL)",
  "INSERT INTO customer (customer_id, name) VALUES (1, 'Ada'), (2, 'Grace')",
];

type Handler = (request: Request) => Response | Promise<Response>;

/** What a client of the Worker is told. */
async function visit(fetch: Handler): Promise<unknown[]> {
  const buy = (customer: number, total: number) =>
    new Request("https://shop.example/", { method: "POST", body: JSON.stringify({ customer, total }) });
  const answers = [await fetch(buy(1, 9.5)), await fetch(buy(1, 0.5)), await fetch(buy(2, 3))];
  answers.push(await fetch(new Request("https://shop.example/")));
  return Promise.all(answers.map(async (answer) => [answer.status, await answer.json()]));
}

describe("docs/moving.md", () => {
  everySnippetRuns(page, { "worker.ts": source });

  it("moves a Worker whose clients notice nothing", async () => {
    await env.REFERENCE.batch(schema.map((sql) => env.REFERENCE.prepare(sql)));
    const before = await visit((request) => shop.fetch!(request as never, { DB: env.REFERENCE }));

    await connect(env.CONFORMANCE_SERVICE).exec(schema.join(";\n"));
    const after = await visit((request) =>
      worker.fetch!(request as never, { DB: env.CONFORMANCE_SERVICE }, createExecutionContext()),
    );
    expect(after).toEqual(before);
    expect(after.at(-1)).toEqual([
      200,
      [
        { name: "Ada", purchases: 2, total: 10 },
        { name: "Grace", purchases: 1, total: 3 },
      ],
    ]);
  });
});
