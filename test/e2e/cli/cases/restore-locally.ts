import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startDevServer } from "../../../../scripts/lib/dev-server.mjs";
import { RestApi } from "../../wrangler/rest-api.ts";
import { expectOnPage } from "../page.ts";
import type { Suite } from "../suite.ts";
import { localCommand } from "./page.ts";

export function restoreLocallyCases(suite: () => Suite): void {
  it("puts a backup into the local state of the project, on which a dev server then runs", async () => {
    const { api, makeDir, makeProject, run } = suite();
    const { name } = await api.createDatabase();
    await api.query(
      name,
      "CREATE TABLE t (x PRIMARY KEY); INSERT INTO t VALUES ('it''s'), (X'00ff'), (1.5); CREATE TABLE empty (x)",
    );
    await run(["backup", "create", name]);

    const cwd = makeProject();
    const args = localCommand.split(" ").map((arg) => (arg === "shop" ? name : arg));
    const { exitCode, stdout, stderr } = await run(args, { cwd });
    expect(exitCode, stderr).toBe(0);
    // Into the database of wrangler.toml, whatever it is called where the backup is from.
    expectOnPage(localCommand, stdout);
    const state = join(cwd, ".wrangler", "state");
    expect(stdout).toContain(`It is in ${state}.`);

    const scratchDir = makeDir("local");
    const envFile = join(scratchDir, "vars");
    writeFileSync(envFile, "API_TOKEN=another-token\n");
    const local = await startDevServer({
      configs: [join(cwd, "wrangler.toml")],
      envFile,
      scratchDir,
      persistTo: state,
    });
    try {
      const rows = await new RestApi(local.url, "another-token").query(
        "d1-procedures",
        "SELECT quote(x) AS x FROM t",
      );
      expect(rows).toEqual([{ x: "'it''s'" }, { x: "X'00FF'" }, { x: "1.5" }]);
    } finally {
      await local.stop();
    }
  });

  it("refuses a state that a server works on, before it does anything", async () => {
    const { run, stateDir } = suite();
    const args = [
      "backup",
      "restore",
      "d1-procedures",
      "latest",
      "--local",
      "--yes",
      "--config",
      "wrangler.toml",
    ];
    const { exitCode, stderr } = await run([...args, "--persist-to", stateDir], {
      cwd: suite().makeProject(),
    });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^Error: A server works on \S+ \(process \d+\)\. End it, `wrangler dev` or `npm start`/,
    );
  });

  it("asks first, as for any restore", async () => {
    const { api, makeProject, run } = suite();
    const { name } = await api.createDatabase();
    await run(["backup", "create", name]);
    const cwd = makeProject();
    const { exitCode, stderr } = await run(["backup", "restore", name, "latest", "--local"], { cwd });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("There is no terminal to ask for a confirmation, so that nothing was done.");
    expect(existsSync(join(cwd, ".wrangler"))).toBe(false);
  });

  it("says what is missing in a project that has no bucket for backups", async () => {
    const { api, makeProject, run } = suite();
    const { name } = await api.createDatabase();
    await run(["backup", "create", name]);
    const cwd = makeProject();
    writeFileSync(
      join(cwd, "bare.toml"),
      'name = "bare"\nmain = "src/worker.ts"\ncompatibility_date = "2026-04-24"\n',
    );
    const args = ["backup", "restore", name, "latest", "--local", "--yes", "--config", "bare.toml"];
    const { exitCode, stderr } = await run(args, { cwd });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("bare.toml has no bucket BACKUPS to put the backup into. Add:");
  });

  it("is for the folder of a project that has wrangler", async () => {
    const { makeDir, run } = suite();
    const cwd = makeDir("empty");
    const nowhere = await run(["backup", "restore", "d1-procedures", "latest", "--local", "--yes"], { cwd });
    expect(nowhere.exitCode).toBe(2);
    expect(nowhere.stderr).toContain("--config says where it is.");
    writeFileSync(join(cwd, "wrangler.toml"), 'name = "x"\n');
    const without = await run(["backup", "restore", "d1-procedures", "latest", "--local", "--yes"], { cwd });
    expect(without.exitCode).toBe(1);
    expect(without.stderr).toContain("npm install --save-dev wrangler");
    expect(readdirSync(cwd)).toEqual(["wrangler.toml"]);
  });
}
