import { expect, it } from "vitest";
import type { Backup } from "../../../../src/backup/backup.ts";
import type { RestoreReport } from "../../../../src/backup/restore.ts";
import { type Suite, token } from "../suite.ts";

export function restoreCases(suite: () => Suite): void {
  /** A database with the rows 1 and 2 in its backup, and row 3 only since then. */
  async function backedUp(): Promise<{ name: string; uuid: string; id: string }> {
    const { api, run } = suite();
    const database = await api.createDatabase();
    await api.query(database.name, "CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)");
    const { id } = (await run(["backup", "create", database.name, "--json"])).json<Backup>();
    await api.query(database.name, "INSERT INTO t VALUES (3)");
    return { ...database, id };
  }

  const countIn = async (database: string) =>
    (await suite().api.query(database, "SELECT count(*) AS count FROM t"))[0]!.count;

  it("asks first, and refuses where there is no terminal to ask", async () => {
    const { name, uuid, id } = await backedUp();
    const { exitCode, stdout, stderr } = await suite().run(["backup", "restore", name, id]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(`${name} (${uuid}, `);
    expect(stderr).toContain(`becomes what it was in the backup\n${id} of ${name}: taken at `);
    expect(stderr).toContain("2 rows in 1 table");
    expect(stderr).toContain("There is no terminal to ask for a confirmation, so that nothing was done.");
    expect(await countIn(name)).toBe(3);
    const json = await suite().run(["backup", "restore", name, id, "--json"]);
    expect(json.json()).toEqual({ error: { message: expect.stringContaining("Add --yes to go ahead.") } });
  });

  it("restores with --yes, and tells which backup undoes it", async () => {
    const { name, uuid, id } = await backedUp();
    const { exitCode, stdout } = await suite().run(["backup", "restore", name, id, "--yes"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Restored \S+: it is as of \S+ \S+ UTC, 2 rows in 1 table\.\n/);
    const [, safetyId] = /What it was before is the backup (\S+);/.exec(stdout)!;
    expect(await countIn(name)).toBe(2);

    const undone = await suite().run(["backup", "restore", name, safetyId!, "--yes", "--json"]);
    expect(undone.json<RestoreReport>()).toMatchObject({
      backup_id: safetyId,
      database_uuid: uuid,
      created: false,
      tables: [{ name: "t", rows: 3 }],
    });
    expect(await countIn(name)).toBe(3);
  });

  it("restores into another database, or into a new one without a question", async () => {
    const { name, id } = await backedUp();
    const other = await suite().api.createDatabase();
    const into = await suite().run([
      "backup",
      "restore",
      name,
      "latest",
      "--into",
      other.name,
      "--yes",
      "--json",
    ]);
    expect(into.json<RestoreReport>()).toMatchObject({ database_name: other.name, safety_backup_id: null });
    expect(await countIn(other.uuid)).toBe(2);

    const newName = `new-${crypto.randomUUID()}`;
    const created = await suite().run(["backup", "restore", name, id, "--create", newName]);
    expect(created.stdout).toMatch(new RegExp(`^Created ${newName} \\([0-9a-f-]{36}\\): it is as of `));
    expect(await countIn(newName)).toBe(2);
    expect(await countIn(name)).toBe(3);
  });

  it("says that the database to restore into does not exist, or does already", async () => {
    const { name, id } = await backedUp();
    const missing = await suite().run(["backup", "restore", name, id, "--into", "nobody", "--yes", "--json"]);
    expect(missing.exitCode).toBe(1);
    expect(missing.json()).toMatchObject({ error: { status: 404 } });
    const existing = await suite().run(["backup", "restore", name, id, "--create", name]);
    expect(existing.exitCode).toBe(1);
    expect(existing.stderr).toContain("exists already");
    expect(await countIn(name)).toBe(3);
  });

  it("restores a database that was deleted, by its uuid, into a new one", async () => {
    const { name, uuid, id } = await backedUp();
    const deleted = await fetch(`${suite().server.url}/client/v4/accounts/local/d1/database/${uuid}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${token}` },
    });
    expect(deleted.status).toBe(200);
    const refused = await suite().run(["backup", "restore", uuid, id, "--yes"]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain(
      `The database ${uuid} is not there any more. Restore it into a new one: --create ${name}`,
    );
    expect((await suite().run(["backup", "restore", uuid, id, "--create", name])).exitCode).toBe(0);
    expect(await countIn(name)).toBe(2);
  });
}
