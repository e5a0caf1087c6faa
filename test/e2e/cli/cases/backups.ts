import { expect, it } from "vitest";
import type { Backup } from "../../../../src/backup/backup.ts";
import type { RestoreReport } from "../../../../src/backup/restore.ts";
import type { Suite } from "../suite.ts";

export function backupCases(suite: () => Suite): void {
  it("creates a backup and tells what is in it", async () => {
    const { api, run } = suite();
    const { name, uuid } = await api.createDatabase();
    await api.query(name, "CREATE TABLE t (x); INSERT INTO t VALUES (1), (2); CREATE TABLE empty (x)");
    const { exitCode, stdout, stderr } = await run(["backup", "create", name]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: `Backing up ${name} ...\n` });
    expect(stdout).toMatch(
      new RegExp(
        `^\\d{8}T\\d{9}Z-[0-9a-f]{8}: ${name} as of \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC, 2 rows in 2 tables, \\d+ B of SQL \\(\\d+ B gzip\\)\\.\\n$`,
      ),
    );
    // By its uuid as well.
    const listed = await run(["backup", "list", uuid, "--json"]);
    expect(listed.json<{ backups: Backup[] }>().backups).toMatchObject([
      { id: stdout.split(":")[0], reason: "request", database_name: name },
    ]);
  });

  it("prints the manifest of a new backup with --json", async () => {
    const { api, run } = suite();
    const { name, uuid } = await api.createDatabase();
    const { exitCode, json } = await run(["backup", "create", uuid, "--json"]);
    expect(exitCode).toBe(0);
    expect(json()).toMatchObject({ format_version: 1, database_uuid: uuid, database_name: name, tables: [] });
  });

  it("lists backups as a table, page by page, the newest first", async () => {
    const { api, run } = suite();
    const { name } = await api.createDatabase();
    expect((await run(["backup", "list", name])).stdout).toBe(
      `${name} has no backups. Make one: npx d1-procedures backup create ${name}\n`,
    );
    await api.query(name, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    const { id: first } = (await run(["backup", "create", name, "--json"])).json<Backup>();
    const numbers =
      "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 1204) SELECT i FROM n";
    await api.query(name, `INSERT INTO t ${numbers}`);
    // Another by hand would take the place of the first one, as the last of its hour.
    const restored = await run(["backup", "restore", name, first, "--yes", "--json"]);
    const { safety_backup_id: second } = restored.json<RestoreReport>();
    const { stdout } = await run(["backup", "list", name]);
    const [titles, newest, oldest, ...rest] = stdout.split("\n");
    expect(titles).toMatch(/^ID +TAKEN AT +REASON +SQL +GZIP +ROWS +TABLES$/);
    expect(newest).toMatch(new RegExp(`^${second} .* before-restore .* 1,204 +1$`));
    expect(oldest).toMatch(new RegExp(`^${first} .* request .* 1 +1$`));
    expect(rest).toEqual(["2 backups.", ""]);

    const page = await run(["backup", "list", name, "--per-page", "1"]);
    expect(page.stdout).toContain(second);
    expect(page.stdout).toContain("Page 1 of 2, 2 backups; --page 2 shows older ones.\n");
    const last = await run(["backup", "list", name, "--per-page", "1", "--page", "2", "--json"]);
    expect(last.json()).toEqual({
      backups: [expect.objectContaining({ id: first })],
      page: 2,
      per_page: 1,
      total_count: 2,
      total_pages: 2,
    });
  });
}
