import { connect } from "../../src/client/connect.ts";
import { type Load, runLoad } from "../harness/load.ts";
import { Random } from "../harness/random.ts";
import { quantile } from "../harness/statistics.ts";
import { workloads } from "../workloads/index.ts";
import { drive } from "../workloads/steps.ts";
import type { Args, Operation } from "../workloads/workload.ts";
import { type BenchProcedures, executeOver, type OursDatabase, type PlainDatabase } from "./databases.ts";

export { OursDatabase, PlainDatabase } from "./databases.ts";

interface Env {
  OURS: DurableObjectNamespace<OursDatabase>;
  PLAIN: DurableObjectNamespace<PlainDatabase>;
  D1: D1Database;
  /** Apart from the other, whose data do not stay consistent. */
  D1_BATCH: D1Database;
}

/** How the Worker asks a contender, as a user's Worker would. */
interface Contender {
  execute: (workload: string, name: string, args: Args) => Promise<unknown>;
  query: (sql: string) => Promise<unknown>;
}

/** Runs load from inside, and single operations for clients over HTTP. See hosts/host.ts for the routes. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    const [action, name, database, workload, operation] = pathname.slice(1).split("/");
    if (action === "health") return new Response("ok");
    try {
      const contender = contenders[name!]!(env, database!);
      const body: unknown = await request.json();
      switch (action) {
        case "call":
          return Response.json((await contender.execute(workload!, operation!, body as Args)) ?? null);
        case "query":
          return Response.json(await contender.query((body as { sql: string }).sql));
        case "load": {
          const load = body as Load;
          return Response.json(
            await runLoad(load, (operation, args) => contender.execute(load.workload, operation, args)),
          );
        }
        case "raw":
          return Response.json(await raw(env, database!, body as RawRequest));
        default:
          return new Response("no such route", { status: 404 });
      }
    } catch (error) {
      return new Response((error as Error).stack, { status: 500 });
    }
  },
};

/** Made for each request, as in a user's Worker. */
const contenders: Readonly<Record<string, (env: Env, database: string) => Contender>> = {
  ours: (env, database) => ours(env, database, false),
  "ours-batch": (env, database) => ours(env, database, true),
  d1: ({ D1 }) => overD1Api(D1, awaited(D1), false),
  "d1-batch": ({ D1_BATCH }) => overD1Api(D1_BATCH, awaited(D1_BATCH), true),
  plain: ({ PLAIN }, database) => {
    const plain = PLAIN.getByName(database);
    return {
      execute: (workload, name, args) =>
        operationOf(workload, name).kind === "transaction"
          ? plain.transact(workload, name, args)
          : plain.statement(workload, name, args),
      query: async (sql) => plain.query(sql),
    };
  },
};

function ours({ OURS }: Env, name: string, hasBatches: boolean): Contender {
  const database = connect<typeof BenchProcedures>(OURS, { name });
  return overD1Api(database, (...call) => database.Procedures.Transact(...call), hasBatches);
}

/** No transaction: another client's statements may come in between, and nothing is undone. */
function awaited(db: D1Database): Contender["execute"] {
  return (workload, name, args) =>
    drive(operationOf(workload, name).steps(args), (step) =>
      step.kind === "rollback" ? undefined : executeOver(db, step),
    );
}

function overD1Api(db: D1Database, transact: Contender["execute"], hasBatches: boolean): Contender {
  return {
    execute: (workload, name, args) => {
      const operation = operationOf(workload, name);
      if (hasBatches && operation.batch !== undefined) {
        return db.batch(operation.batch(args).map(({ sql, params }) => db.prepare(sql).bind(...params)));
      }
      if (operation.kind === "transaction") return transact(workload, name, args);
      return drive(operation.steps(args), (step) => executeOver(db, step));
    },
    query: async (sql) => (await db.prepare(sql).all()).results,
  };
}

function operationOf(workload: string, name: string): Operation {
  return workloads[workload]!.operations[name]!;
}

/** What bounds every contender in the runtime. */
type RawRequest =
  | { ping: { clients: number; ms: number } }
  | { bareLoop: { accounts: number; transfers: number } }
  | { lookUps: number };

async function raw(env: Env, database: string, request: RawRequest) {
  const plain = env.PLAIN.getByName(database);
  if ("bareLoop" in request) {
    const random = new Random(1);
    const { accounts, transfers } = request.bareLoop;
    const args = Array.from(
      { length: transfers },
      () => workloads.bank!.mixes.transfer!(random, { accounts, alpha: 0 }).args,
    );
    const started = performance.now();
    await plain.bareLoop("bank", "transfer", args);
    return { rate: transfers / ((performance.now() - started) / 1000) };
  }
  if ("lookUps" in request) {
    const started = performance.now();
    await env.OURS.getByName(database).lookUps(request.lookUps);
    return { rate: request.lookUps / ((performance.now() - started) / 1000) };
  }
  const { clients, ms } = request.ping;
  const times: number[] = [];
  const started = performance.now();
  const client = async () => {
    for (let before = performance.now(); before < started + ms; ) {
      await plain.ping();
      const after = performance.now();
      times.push(after - before);
      before = after;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  times.sort((a, b) => a - b);
  return { rate: times.length / ((performance.now() - started) / 1000), p99: quantile(times, 0.99) };
}
