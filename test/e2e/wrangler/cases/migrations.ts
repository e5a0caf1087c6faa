import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { expectOnPage } from "../page.ts";
import type { Suite } from "../suite.ts";

/** What drizzle-kit has written. The second one rebuilds a table. */
const kitDir = fileURLToPath(new URL("../../../query-builders/drizzle-migrations", import.meta.url));

export function migrationsCases(suite: () => Suite): void {
  it("apply runs each file once: one that rebuilds a table deletes no other rows, one that fails leaves nothing", async () => {
    const { wrangler, api, makeDir } = suite();
    const { uuid, name } = await api.createDatabase();
    const cwd = makeDir("project");
    const migrationsDir = join(cwd, "drizzle");
    mkdirSync(migrationsDir);
    writeFileSync(
      join(cwd, "databases.toml"),
      `name = "library"
[[d1_databases]]
binding = "LIBRARY"
database_name = "${name}"
database_id = "${uuid}"
migrations_dir = "drizzle"`,
    );
    const migrations = (...args: string[]) =>
      wrangler.d1(["migrations", ...args, "--config=databases.toml"], { cwd });
    const addFile = (file: string) => copyFileSync(join(kitDir, file), join(migrationsDir, file));

    addFile("0000_library.sql");
    const first = await migrations("apply", "LIBRARY", "--remote");
    expectOnPage("migrations apply LIBRARY --remote --config=databases.toml", first.stdout, {
      [name]: "my-db",
    });
    await api.query(uuid, "INSERT INTO author (id, name, token, rating) VALUES (1, 'Ursula', '', 4)");
    await api.query(uuid, "INSERT INTO book (id, title, author_id) VALUES (10, 'The Telling', 1)");

    addFile("0001_ratings.sql");
    const created = await migrations("create", "LIBRARY", "has a mistake");
    expect(created.exitCode, created.output).toBe(0);
    writeFileSync(
      join(migrationsDir, "0002_has_a_mistake.sql"),
      "CREATE TABLE tag (id INTEGER);\nDELETE FROM book;\nINSERT INTO tga VALUES (1);\n",
    );
    const [pending, second] = [
      await migrations("list", "LIBRARY", "--remote"),
      await migrations("apply", "LIBRARY", "--remote"),
    ];

    expect(pending.stdout.match(/\d{4}_\w+\.sql/g)).toEqual(["0001_ratings.sql", "0002_has_a_mistake.sql"]);
    expect(second.exitCode).toBe(1);
    expect(second.stdout).toMatch(/0001_ratings\.sql .*✅/);
    expect(second.stdout).toMatch(/0002_has_a_mistake\.sql .*❌/);
    expect(second.stderr).toContain("Error in line 3: INSERT INTO tga VALUES (1): no such table: tga");
    expect(
      await api.query(uuid, "SELECT title, rating FROM book JOIN author ON author.id = author_id"),
    ).toEqual([{ title: "The Telling", rating: 4 }]);
    await api.query(uuid, "UPDATE author SET rating = 9"); // the new CHECK allows it
    await expect(api.query(uuid, "SELECT id FROM tag")).rejects.toThrow("no such table: tag");
    expect(await api.query(uuid, "SELECT name FROM d1_migrations ORDER BY id")).toEqual([
      { name: "0000_library.sql" },
      { name: "0001_ratings.sql" },
    ]);
  });
}
