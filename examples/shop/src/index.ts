import { connect, createHttpApp, defineDatabase } from "d1-procedures";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import Procedures from "./procedures";
import type { ShopError } from "./shop-error";

/** The Durable Object: the database, with the procedures in it. */
export class Database extends defineDatabase(Procedures) {}

export interface Env {
  DB: DurableObjectNamespace<Database>;
  PAYMENTS: Fetcher;
  /** A secret. Without it everything but the list of products is closed. */
  API_TOKEN: string;
}

const shop = new Hono<{ Bindings: Env }>();

shop.get("/products", async (c) => {
  const { results } = await connect(c.env.DB).prepare("SELECT * FROM product ORDER BY sku").all();
  return c.json(results);
});

// Whose card is charged is no business of everybody's. Your own login goes here.
shop.use("/carts/*", (c, next) => bearerAuth<{ Bindings: Env }>({ token: c.env.API_TOKEN })(c, next));

shop.post("/carts", async (c) => {
  const { card, items } = await c.req.json<{ card: string; items: Record<string, number> }>();
  const { error, cart } = await connect(c.env.DB).Procedures.OpenCart(card, items);
  return error ? refusal(error) : c.json({ cart }, 201);
});

shop.post("/carts/:id/checkout", async (c) => {
  const id = Number(c.req.param("id"));
  const { error, ...purchase } = await connect(c.env.DB).Procedures.Checkout(id);
  return error ? refusal(error) : c.json(purchase);
});

// D1's REST API for wrangler, and POST /procedures/<name>. They ask for API_TOKEN by themselves.
shop.route("/", createHttpApp());

export default { fetch: shop.fetch };

/** What a procedure refuses, or a constraint of the tables: nothing was done. */
function refusal(error: Error): Response {
  const { code, status = 409 } = error as Partial<ShopError>;
  return Response.json({ error: error.message, code }, { status });
}
