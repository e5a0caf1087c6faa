import { connect, createHttpApp, defineDatabase } from "d1-procedures";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import type { BankError } from "./bank-error";
import Procedures from "./procedures";
import * as schema from "./schema";

/** The Durable Object: the database, with the procedures in it. */
export class Database extends defineDatabase(Procedures) {}

export interface Env {
  DB: DurableObjectNamespace<Database>;
  /** A secret. Without it everything is closed. */
  API_TOKEN: string;
}

const accounts = new Hono<{ Bindings: Env }>();

// Your own login goes here.
accounts.use((c, next) => bearerAuth<{ Bindings: Env }>({ token: c.env.API_TOKEN })(c, next));

accounts.post("/", async (c) => {
  const { owner, deposit } = await c.req.json<{ owner: string; deposit: number }>();
  const { error, id } = await connect(c.env.DB).Procedures.Open(owner, deposit);
  return error ? refusal(error) : c.json({ id }, 201);
});

/** Drizzle over the client: what only reads needs no procedure. */
accounts.get("/:id", async (c) => {
  const statement = await drizzle(connect(c.env.DB), { schema }).query.account.findFirst({
    where: eq(schema.account.id, Number(c.req.param("id"))),
    columns: { owner: true, balance: true },
    with: { entries: { columns: { amount: true, text: true } } },
  });
  return statement === undefined ? c.notFound() : c.json(statement);
});

accounts.post("/:id/transfers", async (c) => {
  const from = Number(c.req.param("id"));
  const { to, amount, text } = await c.req.json<{ to: number; amount: number; text: string }>();
  const { error, balance } = await connect(c.env.DB).Procedures.Transfer(from, to, amount, text);
  return error ? refusal(error) : c.json({ balance });
});

const app = new Hono<{ Bindings: Env }>();
app.route("/accounts", accounts);

// D1's REST API for wrangler, and POST /procedures/<name>. They ask for API_TOKEN by themselves.
app.route("/", createHttpApp());

export default { fetch: app.fetch };

/** What the bank refuses. Anything else is a fault of its own: Hono logs it, and answers 500 without a word of it. */
function refusal(error: Error): Response {
  const { code, status } = error as Partial<BankError>;
  if (status === undefined) throw error;
  return Response.json({ error: error.message, code }, { status });
}
