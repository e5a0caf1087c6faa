import { eq, sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { itOnEveryDatabase } from "./databases.ts";
import { openLibrary } from "./drizzle-library.ts";
import { author, book } from "./drizzle-schema.ts";

describe("drizzle: the values of columns", () => {
  itOnEveryDatabase("come back as they went in, in every mode", async (d1) => {
    const orm = await openLibrary(d1);
    const written = {
      id: 7,
      name: "Zoë \u0000 '; DROP TABLE author; --",
      role: "writer" as const,
      rating: 0.1,
      verified: true,
      settings: { theme: "dark" as const, tags: ["a", "'b'", "ünï"] },
      token: "token",
      joinedAt: new Date("2026-02-03T04:05:06Z"),
      seenAt: new Date("2026-02-03T04:05:06.789Z"),
      revision: 3,
    };
    await orm.insert(author).values(written);
    expect(await orm.select().from(author).where(eq(author.id, 7)).get()).toEqual(written);
  });

  itOnEveryDatabase("blobs come back as bytes, as JSON and as a bigint beyond 64 bits", async (d1) => {
    const orm = await openLibrary(d1);
    const bytes = Buffer.from([0, 1, 127, 128, 255]);
    const copies = 2n ** 80n;
    await orm
      .insert(book)
      .values({ id: 7, title: "Bytes", authorId: 1, cover: bytes, extra: { isbn: "1-2" }, copies });
    const row = await orm.select().from(book).where(eq(book.id, 7)).get();
    expect(row).toMatchObject({ extra: { isbn: "1-2" }, copies });
    expect([...row!.cover!]).toEqual([...bytes]);
  });

  itOnEveryDatabase("a part of a larger buffer is stored as that part", async (d1) => {
    const orm = await openLibrary(d1);
    const part = Buffer.from([9, 9, 1, 2, 3, 9]).subarray(2, 5);
    await orm.update(book).set({ cover: part }).where(eq(book.id, 10));
    const stored = await orm
      .select({ hex: sql<string>`hex(${book.cover})` })
      .from(book)
      .where(eq(book.id, 10));
    expect(stored).toEqual([{ hex: "010203" }]);
  });

  itOnEveryDatabase("are NULL, or the default of the column or of the schema, when left out", async (d1) => {
    const orm = await openLibrary(d1);
    const before = Math.floor(Date.now() / 1000);
    const [row] = await orm.insert(author).values({ name: "New" }).returning();
    expect(row).toMatchObject({ role: "reader", rating: 0, verified: false, settings: null, seenAt: null });
    expect(row!.token).toMatch(/^[0-9a-f-]{36}$/);
    expect(row!.joinedAt.getTime() / 1000).toBeGreaterThanOrEqual(before);
    expect(await orm.select().from(author).where(eq(author.name, "New")).get()).toEqual(row);
  });

  itOnEveryDatabase("true and false are 1 and 0 to SQLite, dates are numbers, JSON is text", async (d1) => {
    const orm = await openLibrary(d1);
    await orm.update(author).set({ seenAt: new Date(5), settings: { theme: "light", tags: [] } });
    const [row] = await orm.all<object>(sql`
      SELECT verified, typeof(verified) AS v, seen_at, typeof(seen_at) AS s, settings, typeof(joined_at) AS j
      FROM author WHERE id = 1`);
    expect(row).toMatchObject({ verified: 1, v: "integer", seen_at: 5, s: "integer", j: "integer" });
    expect(row).toMatchObject({ settings: '{"theme":"light","tags":[]}' });
  });

  itOnEveryDatabase("an autoincrement id is never given twice", async (d1) => {
    const orm = await openLibrary(d1);
    const add = (name: string) => orm.insert(author).values({ name }).returning({ id: author.id }).get();
    const first = await add("first");
    await orm.delete(author).where(eq(author.id, first.id));
    expect((await add("second")).id).toBe(first.id + 1);
  });
});
