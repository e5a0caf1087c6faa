import { expect, it } from "vitest";
import { expectOnPage } from "../page.ts";
import type { Suite } from "../suite.ts";

export function insightsCases(suite: () => Suite): void {
  it("insights counts each statement, and info sums them up", async () => {
    const { wrangler, api } = suite();
    const { name, uuid } = await api.createDatabase();
    await api.query(uuid, "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)");
    await api.query(uuid, "INSERT INTO note (text) VALUES ('a'), ('b'), ('c'), ('d')");
    for (const id of [1, 2, 3]) await api.query(uuid, "SELECT text FROM note WHERE id <> ?", [id]);

    const [insights, info] = await Promise.all([
      wrangler.d1(["insights", name, "--json", "--sort-by=count", "--limit=2"]),
      wrangler.d1(["info", name, "--json"]),
    ]);

    expectOnPage("insights my-db --json --sort-by=count --limit=2", insights.stdout);
    expectOnPage("info my-db --json", info.stdout, { [name]: "my-db" });
    const counted = insights.json<Record<string, unknown>[]>();
    expect(counted).toHaveLength(2);
    expect(counted[0]).toMatchObject({
      query: "SELECT text FROM note WHERE id <> ?",
      numberOfTimesRun: 3,
      totalRowsRead: 12,
      avgRowsRead: 4,
      totalRowsWritten: 0,
      queryEfficiency: 3 / 4,
    });
    expect(info.json()).toMatchObject({
      uuid,
      name,
      num_tables: 1,
      database_size: expect.any(Number),
      read_replication: { mode: "disabled" },
      rows_written_24h: expect.any(Number),
      read_queries_24h: 3,
      write_queries_24h: 2,
      rows_read_24h: expect.any(Number),
    });
  });
}
