import { connect, createHttpApp, defineDatabase } from "d1-procedures";
import Procedures from "./procedures";

/** The Durable Object: the database, with the procedures in it. */
export class Database extends defineDatabase(Procedures) {}

interface Env {
  DB: DurableObjectNamespace<Database>;
  API_TOKEN: string;
}

/** D1's REST API for wrangler, and POST /procedures/<name>; closed to whoever has no API_TOKEN. */
const api = createHttpApp();

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== "/transfer") return api.fetch(request, env, ctx);

    // Your own route, open to everybody: who may do what is for your code to say.
    const { from, to, amount } = await request.json<{ from: number; to: number; amount: number }>();
    const { error, balance } = await connect(env.DB).Procedures.Transfer(from, to, amount);
    return error ? Response.json({ error: error.message }, { status: 409 }) : Response.json({ balance });
  },
} satisfies ExportedHandler<Env>;
