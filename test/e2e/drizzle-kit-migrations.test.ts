/** The real `wrangler d1 migrations apply --remote` with the files that drizzle-kit wrote, against our REST route. */

import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleWorker } from "../support/bundle-worker.ts";

const run = promisify(execFile);
const token = "token-of-the-migration-tests";
const databaseId = "11111111-1111-4111-8111-111111111111";
const kitDir = fileURLToPath(new URL("../query-builders/drizzle-migrations", import.meta.url));
const wranglerDir = dirname(createRequire(import.meta.url).resolve("wrangler/package.json"));
const dir = mkdtempSync(join(tmpdir(), "d1-procedures-drizzle-kit-"));
const migrationsDir = join(dir, "drizzle");
let miniflare: Miniflare;
let url: URL;

beforeAll(async () => {
  miniflare = new Miniflare({
    name: "d1-procedures-test",
    modules: true,
    script: bundleWorker(new URL("../worker.ts", import.meta.url)),
    compatibilityDate: "2026-04-24",
    compatibilityFlags: ["nodejs_compat", "enable_request_signal"],
    host: "127.0.0.1",
    bindings: { API_TOKEN: token, DATABASE_ID: databaseId },
    durableObjects: { DB: { className: "Database", useSQLite: true } },
  });
  url = await miniflare.ready;
  mkdirSync(migrationsDir);
  writeFileSync(
    join(dir, "wrangler.toml"),
    `name = "library"
[[d1_databases]]
binding = "DB"
database_name = "library"
database_id = "${databaseId}"
migrations_dir = "drizzle"`,
  );
});

afterAll(async () => {
  await miniflare.dispose();
  rmSync(dir, { recursive: true });
});

async function applyMigrations(): Promise<string> {
  const { stdout } = await run(
    process.execPath,
    [join(wranglerDir, "bin", "wrangler.js"), "d1", "migrations", "apply", "library", "--remote"],
    {
      cwd: dir,
      timeout: 50_000,
      env: {
        ...process.env,
        CLOUDFLARE_API_BASE_URL: new URL("/client/v4", url).href,
        CLOUDFLARE_ACCOUNT_ID: "local",
        CLOUDFLARE_API_TOKEN: token,
        WRANGLER_SEND_METRICS: "false",
        WRANGLER_LOG_PATH: join(dir, "logs"),
        CI: "1",
      },
    },
  );
  return stdout;
}

async function query(sql: string): Promise<unknown[]> {
  const response = await fetch(new URL(`/client/v4/accounts/local/d1/database/${databaseId}/query`, url), {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ sql }),
  });
  expect(response.status).toBe(200);
  const { result } = (await response.json()) as { result: { results: unknown[] }[] };
  return result.at(-1)!.results;
}

it("applies each file once; one that rebuilds a table deletes no row that refers to it", async () => {
  copyFileSync(join(kitDir, "0000_library.sql"), join(migrationsDir, "0000_library.sql"));
  expect(await applyMigrations()).toContain("0000_library.sql");
  await query("INSERT INTO author (id, name, token, rating) VALUES (1, 'Ursula', '', 4)");
  await query("INSERT INTO book (id, title, author_id) VALUES (10, 'The Telling', 1)");

  copyFileSync(join(kitDir, "0001_ratings.sql"), join(migrationsDir, "0001_ratings.sql"));
  expect(await applyMigrations()).toContain("0001_ratings.sql");
  expect(await query("SELECT title, rating FROM book JOIN author ON author.id = author_id")).toEqual([
    { title: "The Telling", rating: 4 },
  ]);
  await query("UPDATE author SET rating = 9"); // the new CHECK allows it
  expect(await query("SELECT name FROM d1_migrations ORDER BY id")).toEqual([
    { name: "0000_library.sql" },
    { name: "0001_ratings.sql" },
  ]);
  expect(await applyMigrations()).toContain("No migrations to apply");
});
