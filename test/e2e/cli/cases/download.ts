import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, expect, it } from "vitest";
import type { Backup } from "../../../../src/backup/backup.ts";
import type { Suite } from "../suite.ts";

const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");

export function downloadCases(suite: () => Suite): void {
  let backup: Backup;
  let database: string;

  beforeAll(async () => {
    const { api, run } = suite();
    database = (await api.createDatabase()).name;
    await api.query(database, "CREATE TABLE t (x); INSERT INTO t VALUES ('one'), ('two')");
    backup = (await run(["backup", "create", database, "--json"])).json<Backup>();
  });

  it("saves the SQL under the names of the database and of the backup", async () => {
    const cwd = suite().makeDir("download");
    const { exitCode, stdout } = await suite().run(["backup", "download", database, backup.id], { cwd });
    expect(exitCode).toBe(0);
    const name = `${database}-${backup.id}.sql`;
    expect(readdirSync(cwd)).toEqual([name]);
    expect(stdout).toContain(`${name}: ${backup.sql_bytes} B, 2 rows in 1 table, as of `);
    const sql = readFileSync(join(cwd, name), "utf8");
    expect(sql).toContain("('one'),\n('two');");
    expect(sha256(sql)).toBe(backup.sql_sha256);
  });

  it("saves the gzip file of the newest backup, where --output says", async () => {
    const cwd = suite().makeDir("download");
    const args = ["backup", "download", database, "latest", "--format", "gzip", "-o", "here.gz", "--json"];
    const { exitCode, json } = await suite().run(args, { cwd });
    expect(exitCode).toBe(0);
    const file = join(cwd, "here.gz");
    expect(json()).toEqual({ file, format: "gzip", bytes: backup.gzip_bytes, backup });
    expect(sha256(readFileSync(file))).toBe(backup.gzip_sha256);
    expect(sha256(gunzipSync(readFileSync(file)))).toBe(backup.sql_sha256);
  });

  it("leaves a file that exists as it is, unless --force says otherwise", async () => {
    const cwd = suite().makeDir("download");
    const file = join(cwd, "mine.sql");
    writeFileSync(file, "mine");
    const args = ["backup", "download", database, backup.id, "-o", file];
    const refused = await suite().run(args, { cwd });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(`${file} exists. Add --force to replace it`);
    expect(readFileSync(file, "utf8")).toBe("mine");
    expect(readdirSync(cwd)).toEqual(["mine.sql"]);
    expect((await suite().run([...args, "--force"], { cwd })).exitCode).toBe(0);
    expect(sha256(readFileSync(file))).toBe(backup.sql_sha256);
    expect(readdirSync(cwd)).toEqual(["mine.sql"]);
  });

  it("does not write where another download writes", async () => {
    const cwd = suite().makeDir("download");
    writeFileSync(join(cwd, "mine.sql.part"), "half of it");
    const args = ["backup", "download", database, backup.id, "-o", "mine.sql"];
    const refused = await suite().run(args, { cwd });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(
      "mine.sql.part exists: another download writes it, or one was ended by force.",
    );
    expect(readFileSync(join(cwd, "mine.sql.part"), "utf8")).toBe("half of it");
    expect((await suite().run([...args, "--force"], { cwd })).exitCode).toBe(0);
    expect(readdirSync(cwd)).toEqual(["mine.sql"]);
  });

  it("says where it cannot write", async () => {
    const cwd = suite().makeDir("download");
    const args = ["backup", "download", database, backup.id, "--output", "missing/file.sql"];
    const { exitCode, stderr } = await suite().run(args, { cwd });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("file.sql.part cannot be written: ENOENT");
    expect(existsSync(join(cwd, "missing"))).toBe(false);
  });
}
