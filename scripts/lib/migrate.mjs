/**
 * Migrations and demo data, over D1's REST route.
 */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectDir } from "./dev-server.mjs";

/**
 * Applies what is not applied yet, in order. The bookkeeping is that of `wrangler d1 migrations apply`, word
 * for word, so that the two may take turns on one database.
 *
 * @param {import("./api-client.mjs").ApiClient} api
 * @returns {Promise<string[]>} The names of those applied now.
 */
export async function migrate(api) {
  await api.query(`CREATE TABLE IF NOT EXISTS d1_migrations(
		id         INTEGER PRIMARY KEY AUTOINCREMENT,
		name       TEXT UNIQUE,
		applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
);`);
  const rows = await api.query("SELECT name FROM d1_migrations ORDER BY id");
  const applied = new Set(rows.map((row) => row.name));
  const pending = (await migrationFiles()).filter((name) => !applied.has(name));
  for (const name of pending) {
    const sql = await readFile(join(projectDir, "migrations", name), "utf8");
    // One request is one transaction: a migration is applied and noted down, or neither.
    await api.query(`${sql}\nINSERT INTO d1_migrations (name) VALUES ('${name.replaceAll("'", "''")}');`);
  }
  return pending;
}

/**
 * Adds the demo data, unless the shop has users already.
 *
 * @param {import("./api-client.mjs").ApiClient} api
 * @returns {Promise<boolean>} Whether it was added.
 */
export async function seed(api) {
  const [first] = await api.query("SELECT 1 FROM user LIMIT 1");
  if (first) return false;
  await api.query(await readFile(join(projectDir, "procedures", "seed.sql"), "utf8"));
  return true;
}

async function migrationFiles() {
  const names = await readdir(join(projectDir, "migrations"));
  const number = (/** @type {string} */ name) => Number.parseInt(name, 10);
  return names.filter((name) => name.endsWith(".sql")).sort((a, b) => number(a) - number(b));
}
