/** Prisma's client on the databases of the query builders' tests, with the tables of prisma/schema.prisma. */

import { PrismaD1 } from "@prisma/adapter-d1";
import { beforeEach, vi } from "vitest";
import { itOnEveryDatabase } from "./databases.ts";
import { PrismaClient } from "./prisma/generated/client.ts";
import migration from "./prisma/migration.sql?raw";

// The adapter prints each error before it throws it, and a warning for each client that writes to two tables at once.
beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "info").mockImplementation(() => {});
});

/** A client on a database, after its tables were made. */
export async function openLibrary(db: D1Database): Promise<PrismaClient> {
  await db.batch(
    migration
      .split(/;\s*$/m)
      .filter((sql) => sql.trim())
      .map((sql) => db.prepare(sql)),
  );
  return new PrismaClient({ adapter: new PrismaD1(db) });
}

/** Registers the test once for each database, with a library that is empty. */
export function itInLibrary(
  title: string,
  test: (prisma: PrismaClient, db: D1Database) => Promise<void>,
): void {
  itOnEveryDatabase(title, async (db) => test(await openLibrary(db), db));
}
