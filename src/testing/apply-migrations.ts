import type { DatabaseBinding } from "../client/binding-kind.ts";
import { connect } from "../client/connect.ts";
import { DatabaseError, messageOf } from "../errors.ts";
import type { DatabaseTargetOptions } from "./database-target.ts";
import { assertTestRuntime } from "./test-runtime.ts";

/** One migration as `readD1Migrations()` of the test runtime's package reads it from a file. */
export interface D1Migration {
  name: string;
  queries: string[];
}

/** As wrangler makes it. */
const migrationsTable = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/**
 * Applies the migrations that have not been applied yet, each all or nothing, and notes them in `d1_migrations` as `wrangler d1 migrations apply`
 * does.
 *
 * @param binding The namespace of the Durable Object, a stub, or a service binding.
 * @param migrations What `readD1Migrations()` gave in vitest.config.ts.
 * @throws Error that names the migration that failed; DatabaseError INVALID_ARGUMENT.
 * @example
 * beforeAll(() => applyMigrations(env.DB, env.MIGRATIONS));
 */
export async function applyMigrations(
  binding: DatabaseBinding,
  migrations: readonly D1Migration[],
  options: DatabaseTargetOptions = {},
): Promise<void> {
  assertTestRuntime();
  checkMigrations(migrations);
  const db = connect(binding, options);
  await db.prepare(migrationsTable).run();
  const { results } = await db.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  const note = db.prepare("INSERT INTO d1_migrations (name) VALUES (?)");
  for (const { name, queries } of migrations) {
    if (applied.has(name)) continue;
    try {
      await db.batch([...queries.map((sql) => db.prepare(sql)), note.bind(name)]);
    } catch (cause) {
      throw new Error(
        `Migration ${JSON.stringify(name)} failed, and nothing of it was kept: ${messageOf(cause)}`,
        {
          cause,
        },
      );
    }
  }
}

function checkMigrations(migrations: unknown): void {
  const isMigration = (each: unknown) => {
    const { name, queries } = (each ?? {}) as Partial<D1Migration>;
    return (
      typeof name === "string" && Array.isArray(queries) && queries.every((sql) => typeof sql === "string")
    );
  };
  if (Array.isArray(migrations) && migrations.every(isMigration)) return;
  throw new DatabaseError(
    "INVALID_ARGUMENT",
    `applyMigrations() expects a list of { name, queries }, not ${describe(migrations)}. In vitest.config.ts: ` +
      'miniflare: { bindings: { MIGRATIONS: await readD1Migrations("migrations") } }; in the test: applyMigrations(env.DB, env.MIGRATIONS).',
  );
}

function describe(value: unknown): string {
  if (typeof value === "string") return "a text";
  return Array.isArray(value) ? "a list of something else" : String(value);
}
