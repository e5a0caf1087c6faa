/** The second Worker: a website that uses the database of the first. */

import { connect } from "d1-procedures";
import { Hono } from "hono";
import type { DB } from "../src/index";

export interface Env {
  DB: Service<typeof DB>;
  API: Fetcher;
}

const website = new Hono<{ Bindings: Env }>();

website.get("/seats", async (c) => {
  const free = connect(c.env.DB).prepare("SELECT id FROM seat WHERE guest IS NULL ORDER BY id");
  const { results } = await free.all<{ id: string }>();
  return c.json({ free: results.map(({ id }) => id) });
});

/** A procedure runs beside the data: one round trip books all of the seats, or none. */
website.post("/bookings", async (c) => {
  const { guest, seats } = await c.req.json<{ guest: string; seats: string[] }>();
  const { error, booked } = await connect(c.env.DB).Procedures.Book(guest, seats);
  return error ? c.json({ error: error.message }, 409) : c.json({ booked }, 201);
});

/** What asks for API_TOKEN by itself. The first Worker has no address of its own. */
website.all("/client/*", (c) => c.env.API.fetch(c.req.raw));

export default { fetch: website.fetch };
