/** What docs/backup.md tells to type, typed: against `wrangler dev` with the Worker that is deployed. */

import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import { gzipKey } from "../../src/backup/backup-files.ts";
import { useDevServer } from "./test-server.ts";
import { wranglerBin } from "./wrangler/wrangler-cli.ts";

const token = "token-of-the-backups";
const scratchDir = mkdtempSync(join(tmpdir(), "d1-procedures-backup-"));
const page = readFileSync(new URL("../../docs/backup.md", import.meta.url), "utf8");

/** curl fails for a status that says so; npx finds the wrangler of this project, whatever the folder. */
const functions = `curl() { command curl -sS --fail "$@"; }
npx() { shift; node "${wranglerBin}" "$@"; }`;

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
    const env = {
      ...process.env,
      API,
      API_TOKEN: token,
      CLOUDFLARE_API_BASE_URL: `${server().url}/client/v4`,
      CLOUDFLARE_API_TOKEN: token,
      CLOUDFLARE_ACCOUNT_ID: "local",
      WRANGLER_SEND_METRICS: "false",
      CI: "1",
      ...variables,
    };
    // Every line is a command that must succeed.
    const options = { cwd: scratchDir, env, timeout: 60_000 };
    const { stdout } = await promisify(execFile)("bash", ["-e", "-c", `${functions}\n${script}`], options);
    return stdout;
  }

  /** A query over the API: its rows. */
  async function query(database: string, sql: string): Promise<unknown[]> {
    const script = `curl "$API/${database}/query" -H "Authorization: Bearer $API_TOKEN" -d "$BODY"`;
    const { result } = JSON.parse(await run(script, { BODY: JSON.stringify({ sql }) }));
    return (result as { results: unknown[] }[]).at(-1)!.results;
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
    await expect.poll(count, { timeout: 60_000 }).toBe(1);
  });

  it("bring everything back in the disaster drill of the page, command by command", {
    timeout: 120_000,
  }, async () => {
    const drill = page.slice(page.indexOf("## Disaster drill"), page.indexOf("## What is stored"));
    const [forget, which, look, restore, find, deleteAll, withoutUs, ...more] = [
      ...drill.matchAll(/^ {3}```sh\n(.*?)^ {3}```$/gms),
    ].map(([, code]) => code!);
    expect(more).toEqual([]);
    const carts = () => query("d1-procedures", "SELECT item FROM cart ORDER BY item");

    await query(
      "d1-procedures",
      "CREATE TABLE cart (item); CREATE TABLE cart_event (what); INSERT INTO cart VALUES ('pen'), ('ink')",
    );
    await run(`curl -X POST "$API/d1-procedures/backup" -H "Authorization: Bearer $API_TOKEN"`);
    await query("d1-procedures", "INSERT INTO cart_event VALUES ('after the backup')");

    await run(forget!);
    expect(await carts()).toEqual([]);
    const [{ id: ID }] = JSON.parse(await run(which!)).result;
    expect(await run(look!, { ID })).toMatch(/"created":true[\s\S]*"carts": 2/);
    expect(await carts()).toEqual([]);
    const restored = await run(restore!, { ID });
    expect(restored).toMatch(/"carts": 2/);
    expect(await carts()).toEqual([{ item: "ink" }, { item: "pen" }]);
    expect(await query("d1-procedures", "SELECT * FROM cart_event")).toEqual([]);
    const SAFETY = /"safety_backup_id":"([^"]+)"/.exec(restored)![1]!;
    expect(await run(find!, { SAFETY })).toMatch(/"what": "after the backup"/);
    expect(await run(deleteAll!, { ID })).toMatch(/"created":true/);
    expect(await query("drill", "SELECT count(*) AS n FROM cart")).toEqual([{ n: 2 }]);

    const [getFromR2, load, none] = withoutUs!.trim().split("\n");
    expect(getFromR2).toContain(gzipKey("$DATABASE_UUID", "$ID").replaceAll("%24", "$"));
    expect(none).toBeUndefined();
    // A test has no R2 of Cloudflare's: the same file comes over the API.
    await run(
      'curl "$API/d1-procedures/backup/$ID/download?format=gzip" -H "Authorization: Bearer $API_TOKEN" --output backup.sql.gz',
      { ID },
    );
    if (spawnSync("sqlite3", ["-version"]).error === undefined) {
      await run(load!);
      expect(await run('sqlite3 database.sqlite3 "SELECT count(*) FROM cart"')).toBe("2\n");
    } else {
      expect(await run(load!.replace(/ \|.*/, ""))).toContain("CREATE TABLE cart");
    }
  });
});
