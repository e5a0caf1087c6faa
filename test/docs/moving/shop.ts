/** The Worker that moves in docs/moving.md, as it was written for D1. */

interface Env {
  DB: D1Database;
}

export default {
  async fetch(request, env) {
    if (request.method === "POST") {
      const { customer, total } = await request.json<{ customer: number; total: number }>();
      const [inserted] = await env.DB.batch([
        env.DB.prepare("INSERT INTO purchase (customer_id, total) VALUES (?, ?)").bind(customer, total),
        env.DB.prepare("UPDATE customer SET purchases = purchases + 1 WHERE customer_id = ?").bind(customer),
      ]);
      return Response.json({ purchase: inserted?.meta.last_row_id }, { status: 201 });
    }
    const spending = env.DB.prepare(
      "SELECT name, purchases, sum(total) AS total FROM customer JOIN purchase USING (customer_id) GROUP BY customer_id",
    );
    return Response.json((await spending.all()).results);
  },
} satisfies ExportedHandler<Env>;
