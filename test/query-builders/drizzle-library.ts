import { drizzle } from "drizzle-orm/d1";
import library from "./drizzle-migrations/0000_library.sql?raw";
import ratings from "./drizzle-migrations/0001_ratings.sql?raw";
import * as schema from "./drizzle-schema.ts";

/** What drizzle-kit 0.31 has written for drizzle-schema.ts, in two steps. */
export const migrations = [library, ratings];

/** The statements of a migration file, as drizzle-kit parts them. */
export function statementsOf(migration: string): string[] {
  return migration.split("--> statement-breakpoint");
}

/** Drizzle on a database with the tables of the library, and two authors with a book or two. */
export async function openLibrary(d1: D1Database) {
  for (const migration of migrations) {
    await d1.batch(statementsOf(migration).map((sql) => d1.prepare(sql)));
  }
  const orm = drizzle(d1, { schema });
  await orm.insert(schema.author).values([
    { id: 1, name: "Ursula", role: "writer", rating: 4.5, verified: true },
    { id: 2, name: "Iain", role: "writer" },
    { id: 3, name: "Reader" },
  ]);
  await orm.insert(schema.book).values([
    { id: 10, title: "The Dispossessed", authorId: 1, pages: 341, price: "9.99" },
    { id: 11, title: "The Telling", authorId: 1, pages: 264 },
    { id: 20, title: "Excession", authorId: 2, pages: 451 },
    { id: 21, title: "Surface Detail", authorId: 2, pages: 627 },
  ]);
  await orm.insert(schema.genre).values([{ id: "sf", name: "Science fiction" }, { id: "utopia" }]);
  await orm.insert(schema.bookGenre).values([
    { bookId: 10, genreId: "sf" },
    { bookId: 10, genreId: "utopia" },
    { bookId: 20, genreId: "sf" },
  ]);
  return orm;
}

export type Library = Awaited<ReturnType<typeof openLibrary>>;
