import { expect, it } from "vitest";
import { expectOnPage } from "../page.ts";
import type { Suite } from "../suite.ts";

export function timeTravelCases(suite: () => Suite): void {
  it("info and restore say that a local database has no history, and what to use instead", async () => {
    const { wrangler, api } = suite();
    const { name, uuid } = await api.createDatabase();
    await api.query(uuid, "CREATE TABLE note (id INTEGER)");
    const bookmark = `00000001-00000002-00000003-${"0".repeat(32)}`;

    const runs = await Promise.all([
      wrangler.d1(["time-travel", "info", name]),
      wrangler.d1(["time-travel", "restore", name, `--bookmark=${bookmark}`]),
    ]);

    expectOnPage("time-travel info my-db", runs[0].stderr, { [name]: "my-db" });
    for (const { exitCode, output } of runs) {
      expect(exitCode).toBe(1);
      expect(output).toMatch(/There is no Time Travel here.*wrangler d1 export/);
    }
    expect(await api.query(uuid, "SELECT * FROM note")).toEqual([]);
  });
}
