/** The built command line against an API that breaks off, lies, or is gone. Nothing of a download that is not whole may be left. */

import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { useBuiltCli } from "./built-cli.ts";
import type { CliOptions, CliRun } from "./cli.ts";
import { FakeApi, type FakeBackup, fakeBackup } from "./fake-api.ts";

const cli = useBuiltCli();
const dir = mkdtempSync(join(tmpdir(), "d1-procedures-hostile-"));
const token = "the-token-of-the-hostile-tests";

afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function run(api: FakeApi, args: string[], options: CliOptions = {}): Promise<CliRun> {
  const env = { CLOUDFLARE_API_BASE_URL: await api.start(), CLOUDFLARE_API_TOKEN: token };
  try {
    return await cli().run(args, { cwd: dir, ...options, env });
  } finally {
    await api.stop();
  }
}

/** Downloads the backup of an API into an empty folder. */
async function download(
  api: FakeApi,
  { backup }: FakeBackup,
  format: string,
  onStart?: CliOptions["onStart"],
) {
  const cwd = mkdtempSync(join(dir, "download-"));
  const args = ["backup", "download", "shop", backup.id, "--format", format, "--output", "out"];
  const ended = await run(api, args, { cwd, ...(onStart && { onStart }) });
  return { ...ended, files: readdirSync(cwd) };
}

const formats = ["sql", "gzip", "sqlite"];
const table = "CREATE TABLE t (x);\nINSERT INTO t VALUES (1), (2);\n";

describe.concurrent("a download", () => {
  it.each(formats)("is kept as %s when it is what the manifest says", async (format) => {
    const fake = fakeBackup(table, { tables: [{ name: "t", rows: 2 }] });
    const { exitCode, stderr, files } = await download(new FakeApi().withBackup(fake), fake, format);
    expect({ exitCode, files }, stderr).toEqual({ exitCode: 0, files: ["out"] });
  });

  it.each(formats)("that breaks off leaves nothing of %s", async (format) => {
    const fake = fakeBackup(table);
    const api = new FakeApi().withBackup(fake, (_, response) => {
      response.writeHead(200, { "content-length": fake.gzip.length }).write(fake.gzip.subarray(0, 20), () => {
        response.destroy();
      });
    });
    const { exitCode, stderr, files } = await download(api, fake, format);
    expect({ exitCode, files }).toEqual({ exitCode: 1, files: [] });
    expect(stderr).toMatch(/The download broke off \(.+\)\. Nothing was kept of it; try again\./);
  });

  it("that ends too early without saying so leaves nothing", async () => {
    const fake = fakeBackup(table);
    const api = new FakeApi().withBackup(fake, (_, response) => response.end(fake.gzip.subarray(0, -5)));
    const { exitCode, stderr, files } = await download(api, fake, "sql");
    expect({ exitCode, files }).toEqual({ exitCode: 1, files: [] });
    expect(stderr).toContain(`broke off: ${fake.gzip.length - 5} bytes came instead of ${fake.gzip.length}`);
  });

  it("that does not end is given up when it is longer than the backup", async () => {
    const fake = fakeBackup(table);
    const api = new FakeApi().withBackup(fake, (_, response) => {
      const more = () => response.write(fake.gzip, () => setImmediate(more));
      more();
    });
    const { exitCode, stderr, files } = await download(api, fake, "sqlite");
    expect({ exitCode, files }).toEqual({ exitCode: 1, files: [] });
    expect(stderr).toContain(`has more than its ${fake.gzip.length} bytes`);
  });

  it.each(formats)("with another SHA-256 leaves nothing of %s", async (format) => {
    const fake = fakeBackup(table, { gzip_sha256: "0".repeat(64) });
    const { exitCode, stderr, files } = await download(new FakeApi().withBackup(fake), fake, format);
    expect({ exitCode, files }).toEqual({ exitCode: 1, files: [] });
    expect(stderr).toContain(`The backup ${fake.backup.id} has another SHA-256 than when it was stored.`);
  });

  it("whose SQL has another SHA-256, or another length, leaves nothing", async () => {
    for (const [format, changes] of [
      ["sql", { sql_sha256: "0".repeat(64) }],
      ["sqlite", { sql_sha256: "0".repeat(64) }],
      ["sql", { sql_bytes: 10 }],
      ["sqlite", { sql_bytes: 1_000 }],
    ] as const) {
      const fake = fakeBackup(table, changes);
      const { exitCode, stderr, files } = await download(new FakeApi().withBackup(fake), fake, format);
      expect({ exitCode, files }).toEqual({ exitCode: 1, files: [] });
      expect(stderr).toContain(`The SQL of the backup ${fake.backup.id} `);
    }
  });

  it.each(["sql", "sqlite"])("that cannot be decompressed leaves nothing of %s", async (format) => {
    const whole = gzipSync(table);
    const cut = whole.subarray(0, -9);
    const fake = fakeBackup(table, {
      gzip_bytes: cut.length,
      gzip_sha256: createHash("sha256").update(cut).digest("hex"),
    });
    const api = new FakeApi().withBackup({ ...fake, gzip: cut });
    const { exitCode, stderr, files } = await download(api, fake, format);
    expect({ exitCode, files }).toEqual({ exitCode: 1, files: [] });
    expect(stderr).toContain(`The backup ${fake.backup.id} is damaged: it cannot be decompressed`);
  });

  it("leaves nothing when it is interrupted", async () => {
    const fake = fakeBackup(table);
    let interrupt = () => {};
    const api = new FakeApi().withBackup(fake, (_, response) => {
      response.write(fake.gzip.subarray(0, 20), () => interrupt());
    });
    const { exitCode, stderr, files } = await download(api, fake, "sqlite", (child) => {
      interrupt = () => child.kill("SIGINT");
    });
    expect({ exitCode, files }).toEqual({ exitCode: 130, files: [] });
    expect(stderr).toContain("Error: Interrupted. Nothing was kept of the download.");
  });

  it("does not replace a file that came meanwhile", async () => {
    const fake = fakeBackup(table);
    const cwd = mkdtempSync(join(dir, "download-"));
    const api = new FakeApi().withBackup(fake, (_, response) => {
      writeFileSync(join(cwd, "out"), "somebody else's");
      response.end(fake.gzip);
    });
    const { exitCode } = await run(api, ["backup", "download", "shop", fake.backup.id, "-o", "out"], { cwd });
    expect(exitCode).toBe(2);
    expect(readdirSync(cwd)).toEqual(["out"]);
  });
});

describe.concurrent("a SQLite database", () => {
  it("is not made of SQL that SQLite does not take", async () => {
    const fake = fakeBackup("CREATE TABLE t (x);\nCREATE TABLE t (y);\n");
    const { exitCode, stderr, files } = await download(new FakeApi().withBackup(fake), fake, "sqlite");
    expect({ exitCode, files }).toEqual({ exitCode: 1, files: [] });
    expect(stderr).toContain(
      "SQLite does not take the backup: table t already exists, in: CREATE TABLE t (y)",
    );
  });

  it("is not kept when a table has another number of rows than the manifest says", async () => {
    const fake = fakeBackup(table, { tables: [{ name: "t", rows: 3 }] });
    const { exitCode, stderr, files } = await download(new FakeApi().withBackup(fake), fake, "sqlite");
    expect({ exitCode, files }).toEqual({ exitCode: 1, files: [] });
    expect(stderr).toContain("The table t has 2 rows, and the backup says that it has 3.");
  });
});

describe.concurrent("an API", () => {
  it("that is gone is told by its address, without a stack", async () => {
    const gone = new FakeApi();
    const url = await gone.start();
    await gone.stop();
    const env = { CLOUDFLARE_API_BASE_URL: url, CLOUDFLARE_API_TOKEN: token };
    const { exitCode, stdout, stderr } = await cli().run(["backup", "list", "shop"], { env });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    const { origin, host } = new URL(url);
    expect(stderr).toBe(
      `Error: No answer from ${origin} (connect ECONNREFUSED ${host}). Is the server running? ` +
        "CLOUDFLARE_API_BASE_URL or --api says where it is.\n",
    );
  });

  it("that is something else is told by what it answers", async () => {
    const page = (_: unknown, response: { end(text: string): void }) =>
      response.end("<html>\u001b[31mHello\u0007</html>");
    const { exitCode, stderr } = await run(new FakeApi().on(/./, page), ["backup", "list", "shop"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      "is not one of D1's REST API. Does the address end in /client/v4? It begins with: <html> [31mHello </html>",
    );
  });

  it("cannot move the cursor of a terminal, choose a file's name, or repeat the token", async () => {
    const name = `\u001b[2J../../${token}`;
    const fake = fakeBackup(table, { database_name: name });
    const cwd = mkdtempSync(join(dir, "names-"));
    const saved = await run(new FakeApi().withBackup(fake), ["backup", "download", "shop", fake.backup.id], {
      cwd,
    });
    expect(saved.exitCode).toBe(0);
    expect(readdirSync(cwd)).toEqual([`__2J______${token}-${fake.backup.id}.sql`]);
    const api = new FakeApi()
      .withBackup(fake)
      .onResult(/^\/1{8}-/, () => ({ uuid: fake.backup.database_uuid, name }));
    const asked = await run(api, ["backup", "restore", "shop", fake.backup.id]);
    expect(asked.stderr).toContain("../../*** (");
    expect(asked.stderr).not.toContain(token);
    expect(asked.stderr).not.toContain("\u001b");
  });

  it("that tells of backups in a form of the future is not misunderstood", async () => {
    const fake = fakeBackup(table, { format_version: 2 as 1 });
    const { exitCode, stderr } = await run(new FakeApi().withBackup(fake), [
      "backup",
      "download",
      "shop",
      fake.backup.id,
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("The API answers what this version does not understand (format_version: ");
  });

  it("that fails while a backup is made is asked again: the backup goes on", async () => {
    const { backup } = fakeBackup(table);
    let polls = 0;
    const api = new FakeApi()
      .on(/instance_id=i-1/, (_, response) => {
        polls++;
        if (polls === 1) response.destroy();
        else if (polls === 2) response.writeHead(502).end("Bad gateway");
        else {
          const result =
            polls === 3
              ? { instance_id: "i-1", status: "active" }
              : { instance_id: "i-1", status: "complete", backup };
          response.end(JSON.stringify({ success: true, result }));
        }
      })
      .onResult(/\/backup$/, () => ({ instance_id: "i-1", status: "active" }));
    const { exitCode, json } = await run(api, ["backup", "create", "shop", "--json"]);
    expect({ exitCode, polls }).toEqual({ exitCode: 0, polls: 4 });
    expect(json()).toEqual(backup);
    // Started once.
    expect(api.requests.filter((request) => request === "POST /shop/backup")).toHaveLength(1);
  });

  it("that refuses a poll, or ends a backup with an error, is believed", async () => {
    const gone = new FakeApi().onResult(/\/backup$/, () => ({ instance_id: "i-1", status: "active" }));
    const refused = await run(gone, ["backup", "create", "shop"]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain("not found The backup goes on without this command: instance i-1.");
    const failing = new FakeApi().onResult(/\/backup$/, () => ({
      instance_id: "i-1",
      status: "error",
      error: "The disk is full.",
    }));
    const failed = await run(failing, ["backup", "create", "shop", "--json"]);
    expect(failed.exitCode).toBe(1);
    expect(failed.json()).toEqual({ error: { message: "The backup failed: The disk is full." } });
  });

  it("is left alone by Ctrl-C while it works on", async () => {
    let interrupt = () => {};
    const api = new FakeApi()
      .on(/instance_id=/, () => interrupt())
      .onResult(/\/backup$/, () => ({ instance_id: "i-1", status: "active" }));
    const { exitCode, stderr } = await run(api, ["backup", "create", "shop"], {
      onStart: (child) => {
        interrupt = () => child.kill("SIGINT");
      },
    });
    expect(exitCode).toBe(130);
    expect(stderr).toContain("Error: Interrupted. The backup goes on without this command: instance i-1.");
  });
});
