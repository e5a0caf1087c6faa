import { expect, it } from "vitest";
import { expectOnPage } from "../page.ts";
import type { Suite } from "../suite.ts";

export function timeTravelCases(suite: () => Suite): void {
  it("info and restore go by backups where there is no history", async () => {
    const { wrangler, api } = suite();
    const { name, uuid } = await api.createDatabase();
    await api.query(uuid, "CREATE TABLE note (text); INSERT INTO note VALUES ('backed up')");
    const backup = await api.backUp(uuid);
    await api.query(uuid, "UPDATE note SET text = 'written later'");

    const now = new Date().toISOString();
    const info = await wrangler.d1(["time-travel", "info", name, `--timestamp=${now}`]);
    expectOnPage("time-travel info my-db --timestamp=2026-11-21T14:30:00Z", info.stdout, {
      [name]: "my-db",
      [backup.id]: "20261121T140003120Z-5f3a9c01",
    });

    type Restored = { bookmark: string; previous_bookmark: string };
    const restore = async (at: string) =>
      (await wrangler.d1(["time-travel", "restore", name, at, "--json"])).json<Restored>();
    const there = await restore(`--timestamp=${now}`);
    expect(there.bookmark).toBe(backup.id);
    expect(await api.query(uuid, "SELECT text FROM note")).toEqual([{ text: "backed up" }]);
    await restore(`--bookmark=${there.previous_bookmark}`);
    expect(await api.query(uuid, "SELECT text FROM note")).toEqual([{ text: "written later" }]);
  });

  it("info and restore say that a local database without backups has no history, and what to use instead", async () => {
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
