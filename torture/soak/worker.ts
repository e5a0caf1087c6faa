/** The load of soak.ts, made beside the databases: a request brings a slice of a client's calls. */

import { connect } from "../../src/client/connect.ts";
import { defineDatabase } from "../../src/database/define-database.ts";
import { Random } from "../../test/histories/random.ts";
import { crash, nextCall } from "./calls.ts";
import { type Outcomes, pendingCalls, tracked } from "./pending.ts";
import { SoakProcedures } from "./soak-procedures.ts";

export class Database extends defineDatabase(SoakProcedures) {
  constructor(ctx: DurableObjectState, env: Env) {
    const askAnother = async () => env.DB.getByName("another").info();
    super(ctx, { ...env, askAnother, abortObject: () => ctx.abort("ended by the plan") });
  }
}

interface Env {
  DB: DurableObjectNamespace<Database>;
  DUMPS: R2Bucket;
}

/** A slice of what a client does. */
export interface Slice {
  database: string;
  client: number;
  seed: number;
  calls: number;
}

async function runSlice(env: Env, { database, client, seed, calls }: Slice): Promise<Outcomes> {
  const outcomes: Outcomes = { counts: {}, transfers: 0, unknownTransfers: 0, strange: [] };
  const random = new Random(seed);
  const db = connect(env.DB, { name: database });
  for (let n = 0; n < calls; n++) {
    const call = nextCall(random, client);
    await tracked(call, { database, client }, () => call.run(db), outcomes);
  }
  return outcomes;
}

/** Exports the database, imports a small file, and leaves nothing of either. */
async function transfer(env: Env, database: string): Promise<string> {
  const object = () => env.DB.getByName(database);
  const key = crypto.randomUUID();
  let exported = await object().startExport(key, {});
  while (exported.status === "active") exported = await object().pollExport(exported.id);
  await env.DUMPS.put(
    key,
    "DELETE FROM imported;\nINSERT INTO imported VALUES(1);\nINSERT INTO imported VALUES(2);\n",
  );
  let imported = await object().startImport(key);
  while (imported.status === "active") imported = await object().pollImport(imported.id);
  await env.DUMPS.delete(key);
  if (exported.status === "error") return `export: ${exported.error}`;
  return imported.status === "error" ? `import: ${imported.error}` : "ok";
}

async function answer(env: Env, what: string, body: unknown): Promise<unknown> {
  const { Procedures } = connect(env.DB, { name: (body as { database: string } | null)?.database ?? "none" });
  switch (what) {
    case "pending":
      return pendingCalls();
    case "slice":
      return runSlice(env, body as Slice);
    case "transfer":
      return transfer(env, (body as Slice).database);
    case "crash": {
      const outcomes: Outcomes = { counts: {}, transfers: 0, unknownTransfers: 0, strange: [] };
      const { database } = body as Slice;
      const db = connect(env.DB, { name: database });
      await tracked(crash, { database, client: -1 }, () => crash.run(db), outcomes);
      return outcomes;
    }
    case "set-up":
      return Procedures.SetUp((body as { clients: number }).clients);
    case "totals":
      return Procedures.Totals();
    case "transfers":
      return Procedures.Transfers();
    case "check":
      return Procedures.Check();
    default:
      throw new Error(`there is no "${what}"`);
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const what = new URL(request.url).pathname.slice(1);
    if (what === "health") return Response.json("ok");
    try {
      return Response.json((await answer(env, what, await request.json())) ?? null);
    } catch (error) {
      const { name, message } = error as Error;
      return Response.json({ name, message }, { status: 500 });
    }
  },
};
