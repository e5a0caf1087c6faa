import { createExecutionContext, createMessageBatch, createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { type WithDatabase, withDatabase } from "../../src/client/with-database.ts";
import type { FixtureProcedures } from "../fixtures/fixture-procedures.ts";

type Env = Cloudflare.Env;
const request = new Request("http://localhost/") as Request<unknown, IncomingRequestCfProperties>;

describe("withDatabase", () => {
  it("gives fetch an env whose DB has statements and procedures, and leaves the rest of env", async () => {
    const worker = withDatabase<typeof FixtureProcedures>({
      async fetch(_request, env) {
        const one = await env.DB.prepare("SELECT 1 AS one").first("one");
        return Response.json({ one, echo: await env.DB.Procedures.Echo("hi"), account: env.ACCOUNT_ID });
      },
    });
    const response = await worker.fetch!(request, env, createExecutionContext());
    expect(await response.json()).toEqual({ one: 1, echo: "hi", account: "test-account" });
  });

  it("wraps scheduled and queue, and offers no handler that was not there", async () => {
    const seen: unknown[] = [];
    const worker = withDatabase<typeof FixtureProcedures, Env, "DB", string>({
      async scheduled(_controller, env) {
        seen.push(await env.DB.Procedures.Echo("scheduled"));
      },
      async queue(batch, env) {
        seen.push(await env.DB.Procedures.Echo(batch.messages[0]!.body));
      },
    });
    await worker.scheduled!(createScheduledController(), env, createExecutionContext());
    const batch = createMessageBatch<string>("queue", [
      { id: "1", timestamp: new Date(), attempts: 1, body: "queued" },
    ]);
    await worker.queue!(batch, env, createExecutionContext());
    expect(seen).toEqual(["scheduled", "queued"]);
    expect(Object.keys(worker).sort()).toEqual(["queue", "scheduled"]);
  });

  it("takes another binding and another database name", async () => {
    const worker = withDatabase<typeof FixtureProcedures, Env, "NAMESPACED">(
      {
        async fetch(_request, env) {
          return Response.json(await env.NAMESPACED.Procedures.Echo(7));
        },
      },
      { binding: "NAMESPACED", name: "second" },
    );
    const response = await worker.fetch!(request, env, createExecutionContext());
    expect(await response.json()).toBe(7);
  });

  it("wraps a Hono app", async () => {
    const app = new Hono<{ Bindings: WithDatabase<typeof FixtureProcedures> }>();
    app.get("/", async (c) => c.json({ echo: await c.env.DB.Procedures.Echo("hono") }));
    const worker = withDatabase<typeof FixtureProcedures>(app);
    const response = await worker.fetch!(request, env, createExecutionContext());
    expect(await response.json()).toEqual({ echo: "hono" });
  });

  it("connects once for each env", async () => {
    const clients = new Set<unknown>();
    const worker = withDatabase<typeof FixtureProcedures>({
      fetch(_request, env) {
        clients.add(env.DB);
        return new Response();
      },
    });
    await worker.fetch!(request, env, createExecutionContext());
    await worker.fetch!(request, env, createExecutionContext());
    expect(clients.size).toBe(1);
  });

  it("keeps the handler's own this", async () => {
    const handler = {
      greeting: "hello",
      fetch() {
        return new Response(this.greeting);
      },
    };
    const worker = withDatabase<typeof FixtureProcedures>(handler);
    const response = await worker.fetch!(request, env, createExecutionContext());
    expect(await response.text()).toBe("hello");
  });

  it("says that the binding is missing when env has none of that name", async () => {
    const worker = withDatabase<typeof FixtureProcedures, { NOPE: DurableObjectNamespace }, "NOPE">(
      { fetch: () => new Response() },
      { binding: "NOPE" },
    );
    const attempt = async () => worker.fetch!(request, {} as never, createExecutionContext());
    await expect(attempt()).rejects.toMatchObject({ code: "INVALID_BINDING" });
  });
});
