import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { Suite } from "../suite.ts";

/** What drizzle-kit has written. The second one rebuilds a table. */
const kitDir = fileURLToPath(new URL("../../../query-builders/drizzle-migrations", import.meta.url));

export function migrationsCases(suite: () => Suite): void {
  /** A new database, and a project that has it in its configuration. */
  const makeProject = async () => {
    const { wrangler, api, makeDir } = suite();
    const { uuid, name } = await api.createDatabase();
    const cwd = makeDir("project");
    const migrationsDir = join(cwd, "drizzle");
    mkdirSync(migrationsDir);
    writeFileSync(
      join(cwd, "wrangler.toml"),
      `name = "library"
[[d1_databases]]
binding = "LIBRARY"
database_name = "${name}"
database_id = "${uuid}"
migrations_dir = "drizzle"`,
    );
    const migrations = (...args: string[]) => wrangler.d1(["migrations", ...args], { cwd });
    return { uuid, migrationsDir, migrations };
  };

  it("apply runs each file once; one that rebuilds a table deletes no row that refers to it", async () => {
    const { api } = suite();
    const { uuid, migrationsDir, migrations } = await makeProject();
    const addFile = (name: string) => copyFileSync(join(kitDir, name), join(migrationsDir, name));

    addFile("0000_library.sql");
    expect((await migrations("apply", "LIBRARY", "--remote")).stdout).toMatch(/0000_library\.sql .*✅/);
    await api.query(uuid, "INSERT INTO author (id, name, token, rating) VALUES (1, 'Ursula', '', 4)");
    await api.query(uuid, "INSERT INTO book (id, title, author_id) VALUES (10, 'The Telling', 1)");

    addFile("0001_ratings.sql");
    const pending = await migrations("list", "LIBRARY", "--remote");
    expect(pending.stdout).toContain("0001_ratings.sql");
    expect(pending.stdout).not.toContain("0000_library.sql");
    expect((await migrations("apply", "LIBRARY", "--remote")).stdout).toMatch(/0001_ratings\.sql .*✅/);

    expect(
      await api.query(uuid, "SELECT title, rating FROM book JOIN author ON author.id = author_id"),
    ).toEqual([{ title: "The Telling", rating: 4 }]);
    await api.query(uuid, "UPDATE author SET rating = 9"); // the new CHECK allows it
    expect(await api.query(uuid, "SELECT name FROM d1_migrations ORDER BY id")).toEqual([
      { name: "0000_library.sql" },
      { name: "0001_ratings.sql" },
    ]);
    expect((await migrations("apply", "LIBRARY", "--remote")).stdout).toContain("No migrations to apply");
  });

  it("one that fails leaves nothing, and what came before it stays applied", async () => {
    const { api } = suite();
    const { uuid, migrationsDir, migrations } = await makeProject();
    expect((await migrations("create", "LIBRARY", "first notes")).exitCode).toBe(0);
    expect(readdirSync(migrationsDir)).toEqual(["0001_first_notes.sql"]);
    writeFileSync(join(migrationsDir, "0001_first_notes.sql"), "CREATE TABLE note (id INTEGER);\n");
    writeFileSync(
      join(migrationsDir, "0002_fails.sql"),
      "CREATE TABLE tag (id INTEGER);\nINSERT INTO note VALUES (1);\nINSERT INTO nota VALUES (1);\n",
    );

    const run = await migrations("apply", "LIBRARY", "--remote");

    expect(run.exitCode).toBe(1);
    expect(run.output).toContain("Migration 0002_fails.sql failed with the following errors:");
    expect(run.output).toContain("Error in line 3: INSERT INTO nota VALUES (1): no such table: nota");
    expect(await api.query(uuid, "SELECT name FROM d1_migrations")).toEqual([
      { name: "0001_first_notes.sql" },
    ]);
    expect(await api.query(uuid, "SELECT id FROM note")).toEqual([]);
    await expect(api.query(uuid, "SELECT id FROM tag")).rejects.toThrow("no such table: tag");
  });
}
