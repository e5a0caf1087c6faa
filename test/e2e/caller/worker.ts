/** Calls the database over its bindings and answers with what came back, one step for each path. */

import { connect } from "../../../src/index.ts";
import type { DB, NamespacedDatabase, NamespacedDB } from "../../worker.ts";

interface Env {
  DB: Service<typeof DB>;
  NAMESPACED: Service<typeof NamespacedDB>;
  NO_ENTRYPOINT: Fetcher;
  OBJECT: DurableObjectNamespace<NamespacedDatabase>;
}

/** As JavaScript would: any name, to see what a wrong one answers. */
type Untyped = Record<string, Record<string, Record<string, (...args: unknown[]) => Promise<unknown>>>>;

const steps: Record<string, (env: Env) => Promise<unknown>> = {
  health: async () => "ok",
  procedure: (env) => env.DB.Procedures.Echo("over a plain service binding"),
  namespace: (env) => env.NAMESPACED.Procedures.inventory.Reserve("socks", 2),
  "flat beside a namespace": (env) => env.NAMESPACED.Procedures.CountArguments(1, 2, 3),
  "returned error": async (env) => {
    const { error, tried } = await env.DB.Procedures.ReturnOutOfStock();
    return { error: describe(error), tried };
  },
  "thrown error": (env) => caught(() => env.DB.Procedures.ThrowOutOfStock()),
  "unknown procedure": (env) => caught(() => (env as unknown as Untyped).DB!.Procedures!.Nothing!()),
  "unknown in a namespace": (env) =>
    caught(() => (env.NAMESPACED as unknown as Untyped).Procedures!.inventory!.Nothing!()),
  "stub kept": async (env) => {
    using procedures = await env.DB.Procedures;
    return [await procedures.Echo(1), await procedures.Echo(2)];
  },
  connected: async (env) => {
    const db = connect(env.DB);
    await db.Procedures.CreateTables();
    await db.prepare("INSERT INTO item (name) VALUES (?)").bind("from the caller").run();
    const [first, second] = await db.batch([db.prepare("SELECT 1 AS n"), db.prepare("SELECT 2 AS n")]);
    return {
      name: await db.prepare("SELECT name FROM item").first("name"),
      batch: [first!.results, second!.results],
      exec: (await db.exec("SELECT 1;\nSELECT 2;")).count,
      echo: await db.Procedures.Echo("connected"),
    };
  },
  cancelled: async (env) => {
    const db = connect(env.DB);
    await db.Procedures.CreateTables();
    const call = db
      .withSignal(AbortSignal.timeout(100))
      .Procedures.InsertSlowly("cancelled by the caller", 8_000);
    const error = await caught(() => call);
    await db.Procedures.Insert("after the cancellation");
    const rows = await db
      .prepare("SELECT name FROM item WHERE name LIKE '% the canc%' OR name LIKE 'cancelled%'")
      .raw();
    return { error, rows };
  },
  "object of another script": async (env) => {
    const stub = env.OBJECT.getByName("default");
    return [
      await stub.Procedures.Echo("raw stub"),
      await stub.Procedures.inventory.Reserve("shoes", 1),
      await connect(env.OBJECT).Procedures.Echo("connected"),
      await connect(stub).prepare("SELECT 3 AS three").first("three"),
    ];
  },
  "no entrypoint": (env) => caught(() => connect(env.NO_ENTRYPOINT).prepare("SELECT 1").first()),
};

export default {
  async fetch(request, env): Promise<Response> {
    const step = steps[decodeURIComponent(new URL(request.url).pathname.slice(1))];
    if (step === undefined) return new Response("no such step", { status: 404 });
    return Response.json((await step(env)) ?? null);
  },
} satisfies ExportedHandler<Env>;

async function caught(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await call() };
  } catch (error) {
    return describe(error as Error);
  }
}

function describe(error: Error): object {
  return { ...error, name: error.name, message: error.message };
}
