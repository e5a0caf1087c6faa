import { eq, gt, sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { itOnEveryDatabase } from "./databases.ts";
import { openLibrary } from "./drizzle-library.ts";
import { author, book, bookGenre, genre } from "./drizzle-schema.ts";

describe("drizzle: writes", () => {
  itOnEveryDatabase("tell D1's meta", async (d1) => {
    const orm = await openLibrary(d1);
    const inserted = await orm.insert(author).values([{ name: "Four" }, { name: "Five" }]);
    expect(inserted).toMatchObject({ success: true, results: [], meta: { changes: 2, last_row_id: 5 } });
    const updated = await orm.update(book).set({ pages: 1 }).where(gt(book.pages, 400));
    expect(updated.meta.changes).toBe(2);
    const deleted = await orm.delete(bookGenre).where(eq(bookGenre.bookId, 99));
    expect(deleted.meta.changes).toBe(0);
  });

  itOnEveryDatabase("give back rows with RETURNING", async (d1) => {
    const orm = await openLibrary(d1);
    const updated = await orm
      .update(book)
      .set({ pages: sql`${book.pages} + 1` })
      .where(eq(book.authorId, 1))
      .returning({ id: book.id, pages: book.pages });
    expect(updated).toEqual([
      { id: 10, pages: 342 },
      { id: 11, pages: 265 },
    ]);
    const [deleted] = await orm.delete(book).where(eq(book.id, 11)).returning();
    expect(deleted).toMatchObject({ id: 11, title: "The Telling" });
    expect(await orm.$count(book)).toBe(3);
  });

  itOnEveryDatabase("run $onUpdate expressions", async (d1) => {
    const orm = await openLibrary(d1);
    await orm.update(author).set({ role: "writer" }).where(eq(author.id, 3));
    await orm.update(author).set({ role: "reader" }).where(eq(author.id, 3));
    expect(await orm.select({ r: author.revision }).from(author).orderBy(author.id)).toEqual([
      { r: 1 },
      { r: 1 },
      { r: 3 },
    ]);
  });

  itOnEveryDatabase("skip or update on a conflict", async (d1) => {
    const orm = await openLibrary(d1);
    const skipped = await orm
      .insert(genre)
      .values({ id: "sf", name: "Space fantasy" })
      .onConflictDoNothing()
      .returning();
    expect(skipped).toEqual([]);
    const upserted = await orm
      .insert(author)
      .values([
        { name: "Iain", rating: 5 },
        { name: "Becky", rating: 4 },
      ])
      .onConflictDoUpdate({ target: author.name, set: { rating: sql`excluded.rating` } })
      .returning({ id: author.id, name: author.name, rating: author.rating });
    expect(upserted).toEqual([
      { id: 2, name: "Iain", rating: 5 },
      { id: expect.any(Number), name: "Becky", rating: 4 },
    ]);
    await orm
      .insert(author)
      .values({ name: "Iain", rating: 1 })
      .onConflictDoUpdate({ target: author.name, set: { rating: 1 }, setWhere: sql`rating < 3` });
    expect(await orm.select({ r: author.rating }).from(author).where(eq(author.id, 2)).get()).toEqual({
      r: 5,
    });
  });

  itOnEveryDatabase("insert from a query, and update from another table", async (d1) => {
    const orm = await openLibrary(d1);
    await orm.insert(genre).select(
      orm
        .select({ id: sql<string>`'by-' || ${author.id}`.as("id"), name: author.name })
        .from(author)
        .where(eq(author.role, "writer")),
    );
    expect(await orm.$count(genre)).toBe(4);
    await orm
      .update(book)
      .set({ title: sql`${author.name} || ': ' || ${book.title}` })
      .from(author)
      .where(eq(author.id, book.authorId));
    const first = await orm.select({ title: book.title }).from(book).where(eq(book.id, 20)).get();
    expect(first).toEqual({ title: "Iain: Excession" });
  });

  itOnEveryDatabase("cascade along foreign keys, and count what the cascade deletes", async (d1) => {
    const orm = await openLibrary(d1);
    const { meta } = await orm.delete(author).where(eq(author.id, 1));
    expect(meta.changes).toBe(1 + 2 + 2);
    expect(await orm.$count(bookGenre)).toBe(1);
  });

  itOnEveryDatabase("fail with D1's words as the cause", async (d1) => {
    const orm = await openLibrary(d1);
    const causeOf = (query: PromiseLike<unknown>) =>
      Promise.resolve(query).then(
        () => undefined,
        (error: Error) => (error.cause as Error).message,
      );
    expect(await causeOf(orm.insert(author).values({ name: "Iain" }))).toBe(
      "D1_ERROR: UNIQUE constraint failed: author.name: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)",
    );
    expect(await causeOf(orm.update(author).set({ rating: 11 }))).toMatch(
      /^D1_ERROR: CHECK constraint failed: author_rating: SQLITE_CONSTRAINT/,
    );
    expect(await causeOf(orm.insert(book).values({ title: "?", authorId: 99 }))).toMatch(
      /^D1_ERROR: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT/,
    );
    expect(await causeOf(orm.run(sql`SELECT * FROM nowhere`))).toBe(
      "D1_ERROR: no such table: nowhere: SQLITE_ERROR",
    );
  });
});
