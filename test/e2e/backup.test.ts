/** What docs/backup.md tells to type, typed: against `wrangler dev` with the Worker that is deployed. */

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import { useDevServer } from "./test-server.ts";

const token = "token-of-the-backups";
const scratchDir = mkdtempSync(join(tmpdir(), "d1-procedures-backup-"));
const page = readFileSync(new URL("../../docs/backup.md", import.meta.url), "utf8");

afterAll(() => rmSync(scratchDir, { recursive: true, force: true }));

function blocksOf(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, code]) => code!);
}

/** What wrangler makes of a configuration, as far as backups go. */
function configurationOf(file: string, text?: string) {
  const path = text === undefined ? file : join(scratchDir, file);
  if (text !== undefined) writeFileSync(path, text);
  const { r2_buckets, workflows, triggers, vars } = unstable_readConfig({ config: path });
  return {
    bucket: r2_buckets.find(({ binding }: { binding: string }) => binding === "BACKUPS"),
    workflows,
    triggers,
    retention: vars.BACKUP_RETENTION,
  };
}

describe("the configuration in docs/backup.md", () => {
  it("is the same in TOML and in JSON, and that of this project", () => {
    const here = configurationOf("wrangler.toml");
    expect(here.bucket).toBeDefined();
    expect(here.retention).toEqual({ hourly: 24, daily: 30, monthly: 12 });
    expect(configurationOf("wrangler.toml", `name = "backed-up"\n${blocksOf("toml")[0]}`)).toEqual(here);
    const json = { name: "backed-up", ...JSON.parse(blocksOf("json")[0]!) };
    expect(configurationOf("wrangler.jsonc", JSON.stringify(json))).toEqual(here);
  });
});

describe("backups by hand", () => {
  const server = useDevServer({
    configs: ["wrangler.toml", "procedures/payment-worker/wrangler.toml"],
    secrets: { API_TOKEN: token },
  });

  async function run(script: string, variables: Record<string, string> = {}): Promise<string> {
    const API = `${server().url}/client/v4/accounts/local/d1/database`;
    const env = { ...process.env, API, API_TOKEN: token, ...variables };
    // Every line is a command that must succeed.
    const options = { cwd: scratchDir, env, timeout: 30_000 };
    const { stdout } = await promisify(execFile)(
      "bash",
      ["-e", "-c", `curl() { command curl -sS --fail "$@"; }\n${script}`],
      options,
    );
    return stdout;
  }

  it("are made, asked for, listed and downloaded with the commands of the page", async () => {
    await run(
      `curl "$API/d1-procedures/query" -H "Authorization: Bearer $API_TOKEN" -d '{ "sql": "CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)" }'`,
    );
    const [create, ask, look] = blocksOf("sh");
    const made = JSON.parse(await run(create!));
    expect(made.result.status).toBe("complete");
    const { instance_id, backup } = made.result;
    expect(JSON.parse(await run(ask!, { INSTANCE: instance_id }))).toEqual(made);

    const [listed, one] = (await run(look!, { ID: backup.id }))
      .split(/(?<=\})(?=\{"success")/)
      .map((text) => JSON.parse(text));
    expect(listed.result).toEqual([backup]);
    expect(one.result).toEqual(backup);
    const sql = readFileSync(join(scratchDir, "backup.sql"), "utf8");
    expect(sql).toContain("(1),\n(2);");
    expect(gunzipSync(readFileSync(join(scratchDir, "backup.sql.gz"))).toString()).toBe(sql);
  });

  it("come compressed only to a client that has said so itself", async () => {
    const [backup] = JSON.parse(
      await run('curl "$API/d1-procedures/backup" -H "Authorization: Bearer $API_TOKEN"'),
    ).result;
    const download =
      'curl "$API/d1-procedures/backup/$ID/download" -H "Authorization: Bearer $API_TOKEN" --dump-header -';
    const plain = await run(download, { ID: backup.id });
    expect(plain).toMatch(/CREATE TABLE t/);
    expect(plain).not.toMatch(/content-encoding/i);
    expect(await run(`${download} -H "Accept-Encoding: gzip" --output /dev/null`, { ID: backup.id })).toMatch(
      /content-encoding: gzip/i,
    );
  });

  it("are started by the cron", async () => {
    const count = async () => {
      const answer = await run('curl "$API/d1-procedures/backup" -H "Authorization: Bearer $API_TOKEN"');
      return (JSON.parse(answer).result as { reason: string }[]).filter(({ reason }) => reason === "schedule")
        .length;
    };
    const write = `curl "$API/d1-procedures/query" -H "Authorization: Bearer $API_TOKEN" -d '{ "sql": "INSERT INTO t VALUES (3)" }'`;
    await run(write);
    await run(`curl "${server().url}/cdn-cgi/handler/scheduled"`);
    await expect.poll(count, { timeout: 15_000 }).toBe(1);
  });
});
