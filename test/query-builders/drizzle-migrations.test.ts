import { env } from "cloudflare:workers";
import { mkdirSync, writeFileSync } from "node:fs";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { migrate } from "drizzle-orm/d1/migrator";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { inDatabase } from "../support/in-database.ts";
import { onDatabase } from "./databases.ts";
import { migrations, statementsOf } from "./drizzle-library.ts";
import journal from "./drizzle-migrations/meta/_journal.json?raw";
import { author, book } from "./drizzle-schema.ts";

const [library, ratings] = migrations as [string, string];

/** The first migration, and rows that refer to each other. */
async function atFirstMigration(d1: D1Database): Promise<D1Database> {
  await d1.exec(library);
  await fill(d1);
  return d1;
}

async function fill(d1: D1Database): Promise<void> {
  await d1.batch([
    d1.prepare(
      "INSERT INTO author (id, name, token, rating) VALUES (1, 'Ursula', '', 4), (2, 'Iain', '', 5)",
    ),
    d1.prepare("INSERT INTO book (id, title, author_id) VALUES (10, 'The Telling', 1), (20, 'Excession', 2)"),
    d1.prepare("INSERT INTO genre VALUES ('sf', 'Science fiction')"),
    d1.prepare("INSERT INTO book_genre VALUES (10, 'sf'), (20, 'sf')"),
  ]);
}

/** How many rows the tables have, the table that is rebuilt first. */
async function counts(d1: D1Database): Promise<unknown> {
  const [row] = await d1
    .prepare(
      "SELECT (SELECT count(*) FROM author), (SELECT count(*) FROM book), (SELECT count(*) FROM book_genre)",
    )
    .raw();
  return row;
}

/** The new CHECK holds, the index is back, and the foreign keys are enforced again, cascades included. */
async function expectRebuilt(d1: D1Database): Promise<void> {
  expect(await counts(d1)).toEqual([2, 2, 2]);
  const orm = drizzle(d1);
  await orm.update(author).set({ rating: 9 });
  await expect(orm.insert(author).values({ name: "Iain" })).rejects.toMatchObject({
    cause: { message: expect.stringContaining("UNIQUE") },
  });
  await expect(orm.insert(book).values({ title: "orphan", authorId: 99 })).rejects.toMatchObject({
    cause: { message: expect.stringContaining("FOREIGN KEY") },
  });
  await orm.delete(author).where(eq(author.id, 1));
  expect(await counts(d1)).toEqual([1, 1, 1]);
}

const database = () => connect(env.DB, { name: crypto.randomUUID() });

describe("a migration of drizzle-kit that rebuilds a table", () => {
  it("keeps the rows that refer to the table, as a script", async () => {
    const d1 = await atFirstMigration(database());
    await d1.exec(ratings);
    await expectRebuilt(d1);
  });

  it("keeps them as a batch of its statements", async () => {
    const d1 = await atFirstMigration(database());
    await d1.batch(statementsOf(ratings).map((sql) => d1.prepare(sql)));
    await expectRebuilt(d1);
  });

  it(
    "keeps them in a procedure",
    inDatabase(async (beside) => {
      const d1 = await atFirstMigration(beside.db());
      await d1.exec(ratings);
      await expectRebuilt(d1);
    }),
  );

  it("deletes them on Cloudflare's local D1, which ignores PRAGMA foreign_keys", async () => {
    await onDatabase("local D1", async (d1) => {
      await d1.batch(statementsOf(library).map((sql) => d1.prepare(sql)));
      await fill(d1);
      await d1.batch(statementsOf(ratings).map((sql) => d1.prepare(sql)));
      expect(await counts(d1)).toEqual([2, 0, 0]);
    });
  });

  it("leaves everything as it was when it fails", async () => {
    const d1 = await atFirstMigration(database());
    await d1.exec("UPDATE author SET rating = NULL WHERE id = 2");
    await expect(d1.exec(ratings)).rejects.toThrow("NOT NULL constraint failed: __new_author.rating");
    expect(await counts(d1)).toEqual([2, 2, 2]);
    await expect(d1.exec("DELETE FROM genre")).rejects.toThrow("FOREIGN KEY");
    await d1.exec("UPDATE author SET rating = 1 WHERE id = 2");
    await d1.exec(ratings);
    await expectRebuilt(d1);
  });
});

describe("drizzle's migrator", () => {
  /** The runtime has no files of the project, but a file system in memory: /tmp, which lasts for a request. */
  function migrationsFolder(...files: string[]): string {
    const folder = `/tmp/${crypto.randomUUID()}`;
    const { entries, ...head } = JSON.parse(journal) as { entries: { tag: string }[] };
    mkdirSync(`${folder}/meta`, { recursive: true });
    const present = entries.slice(0, files.length);
    writeFileSync(`${folder}/meta/_journal.json`, JSON.stringify({ ...head, entries: present }));
    for (const [index, { tag }] of present.entries()) writeFileSync(`${folder}/${tag}.sql`, files[index]!);
    return folder;
  }

  it("applies what is pending, each migration once, and keeps the rows of a rebuild", async () => {
    const d1 = database();
    const orm = drizzle(d1);
    await migrate(orm, { migrationsFolder: migrationsFolder(library) });
    await orm.insert(author).values([{ id: 1, name: "Ursula", rating: 4 }]);
    await orm.insert(book).values({ title: "The Telling", authorId: 1 });
    await migrate(orm, { migrationsFolder: migrationsFolder(library, ratings) });
    await migrate(orm, { migrationsFolder: migrationsFolder(library, ratings) });
    expect(await counts(d1)).toEqual([1, 1, 0]);
    await orm.update(author).set({ rating: 9 });
    const applied = await d1.prepare("SELECT created_at FROM __drizzle_migrations ORDER BY 1").raw();
    const written = JSON.parse(journal) as { entries: { when: number }[] };
    expect(applied).toEqual(written.entries.map(({ when }) => [when]));
  });

  it("applies all that is pending or nothing", async () => {
    const d1 = database();
    const broken = "CREATE TABLE a (id);--> statement-breakpoint\nDROP TABLE nowhere;";
    const failing = migrate(drizzle(d1), { migrationsFolder: migrationsFolder(library, broken) });
    await expect(failing).rejects.toThrow("no such table: nowhere");
    expect(
      await d1.prepare("SELECT name FROM sqlite_schema WHERE name IN ('a', 'author')").all(),
    ).toMatchObject({
      results: [],
    });
    await migrate(drizzle(d1), { migrationsFolder: migrationsFolder(library, ratings) });
    expect(await counts(d1)).toEqual([0, 0, 0]);
  });

  it(
    "runs in a procedure",
    inDatabase(async (beside) => {
      const d1 = beside.db();
      await migrate(drizzle(d1), { migrationsFolder: migrationsFolder(library, ratings) });
      await drizzle(d1).insert(author).values({ name: "Ursula", rating: 9 });
    }),
  );
});
