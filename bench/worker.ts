import { connect } from "../src/client/connect.ts";
import { fill, randomId, randomTransfer, readBalance, schema, total, writeBalance } from "./bank.ts";
import { clientApiCalls } from "./client-api.ts";
import type { OursDatabase, PlainDatabase } from "./databases.ts";
import { load } from "./load.ts";

export { OursDatabase, PlainDatabase } from "./databases.ts";

interface Env {
  OURS: DurableObjectNamespace<OursDatabase>;
  PLAIN: DurableObjectNamespace<PlainDatabase>;
  D1: D1Database;
}

/** Runs one workload of one contender and answers what it measured: `/<contender>/<workload>?clients=&ms=`. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === "/health") return new Response("ok");
    const workload = workloads(env)[url.pathname.slice(1)];
    if (workload === undefined) return new Response("no such workload", { status: 404 });
    const number = (name: string, fallback: number) => Number(url.searchParams.get(name) ?? fallback);
    return Response.json((await workload(number("clients", 1), number("ms", 1000))) ?? null);
  },
};

type Workload = (clients: number, ms: number) => Promise<unknown>;

function workloads(env: Env): Record<string, Workload> {
  const ours = connect(env.OURS);
  const oursStub = env.OURS.get(env.OURS.idFromName("default"));
  const plain = env.PLAIN.get(env.PLAIN.idFromName("default"));

  const d1Transfer = async () => {
    const { from, to, amount } = randomTransfer();
    const source = await env.D1.prepare(readBalance).bind(from).first<number>("balance");
    const target = await env.D1.prepare(readBalance).bind(to).first<number>("balance");
    await env.D1.prepare(writeBalance)
      .bind(source! - amount, from)
      .run();
    await env.D1.prepare(writeBalance)
      .bind(target! + amount, to)
      .run();
  };
  const clientApi: Record<string, Workload> = {};
  for (const [contender, db] of Object.entries({ ours, d1: env.D1 })) {
    for (const [name, call] of Object.entries(clientApiCalls(db))) {
      clientApi[`${contender}/${name}`] = (clients, ms) => load(clients, ms, call);
    }
  }

  return {
    ...clientApi,
    "ours/set-up": () => ours.Procedures.SetUp(),
    "plain/set-up": () => plain.setUp(),
    "d1/set-up": async () => {
      await env.D1.prepare("DROP TABLE IF EXISTS account").run();
      await env.D1.prepare(schema).run();
      await env.D1.prepare(fill).run();
    },
    "ours/total": () => ours.Procedures.Total(),
    "plain/total": () => plain.total(),
    "d1/total": () => env.D1.prepare(total).first("total"),

    "ours/ping": (clients, ms) => load(clients, ms, () => oursStub.ping()),
    "ours/transfer": (clients, ms) => load(clients, ms, () => ours.Procedures.Transfer(randomTransfer())),
    "plain/transfer": (clients, ms) => load(clients, ms, () => plain.transfer(randomTransfer())),
    // Not even a transaction: another client's transfer may come in between.
    "d1/transfer": (clients, ms) => load(clients, ms, d1Transfer),

    "plain/write": (clients, ms) => load(clients, ms, () => plain.write(randomId())),
    "plain/read": (clients, ms) => load(clients, ms, () => plain.read(randomId())),
    "ours/read-while-held": (clients, ms) =>
      whileHeld(
        ms,
        (hold) => ours.Procedures.Hold(hold),
        (rest) => clientApi["ours/read"]!(clients, rest),
      ),
    "plain/read-while-held": (clients, ms) =>
      whileHeld(
        ms,
        (hold) => plain.hold(hold),
        (rest) => load(clients, rest, () => plain.read(randomId())),
      ),

    "ours/100-writes": (clients, ms) => load(clients, ms, () => ours.Procedures.ManyWrites(100, undefined)),
    "ours/100-writes-wait": (clients, ms) => load(clients, ms, () => ours.Procedures.ManyWrites(100, 0)),
    "ours/compiler-hit": () => oursStub.compilerHitUs(200_000),
  };
}

/** Runs the load while a transaction holds uncommitted rows and waits. */
async function whileHeld<T>(
  ms: number,
  hold: (ms: number) => Promise<unknown>,
  run: (ms: number) => Promise<T>,
) {
  const held = hold(ms);
  await scheduler.wait(5);
  const result = await run(ms * 0.8);
  await held;
  return result;
}
