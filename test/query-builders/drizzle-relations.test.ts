import { eq, gt, sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { itOnEveryDatabase } from "./databases.ts";
import { openLibrary } from "./drizzle-library.ts";
import { book } from "./drizzle-schema.ts";

describe("drizzle: relational queries", () => {
  itOnEveryDatabase("find many with what belongs to each, over several levels", async (d1) => {
    const orm = await openLibrary(d1);
    const authors = await orm.query.author.findMany({
      columns: { name: true, verified: true },
      orderBy: (author, { asc }) => asc(author.id),
      with: {
        books: {
          columns: { title: true },
          orderBy: (book, { desc }) => desc(book.pages),
          with: { genres: { with: { genre: true }, columns: {} } },
        },
      },
    });
    expect(authors).toEqual([
      {
        name: "Ursula",
        verified: true,
        books: [
          {
            title: "The Dispossessed",
            genres: [
              { genre: { id: "sf", name: "Science fiction" } },
              { genre: { id: "utopia", name: "?" } },
            ],
          },
          { title: "The Telling", genres: [] },
        ],
      },
      {
        name: "Iain",
        verified: false,
        books: [
          { title: "Surface Detail", genres: [] },
          { title: "Excession", genres: [{ genre: { id: "sf", name: "Science fiction" } }] },
        ],
      },
      { name: "Reader", verified: false, books: [] },
    ]);
  });

  itOnEveryDatabase("filter and limit on each level, with columns of their own", async (d1) => {
    const orm = await openLibrary(d1);
    const authors = await orm.query.author.findMany({
      where: (author, { eq }) => eq(author.role, "writer"),
      columns: { id: true },
      with: {
        books: { where: gt(book.pages, 300), limit: 1, orderBy: book.id, columns: { id: true } },
      },
      extras: { upper: sql<string>`upper(name)`.as("upper") },
    });
    expect(authors).toEqual([
      { id: 1, upper: "URSULA", books: [{ id: 10 }] },
      { id: 2, upper: "IAIN", books: [{ id: 20 }] },
    ]);
  });

  itOnEveryDatabase("find the first, or undefined, and map the types of a nested row", async (d1) => {
    const orm = await openLibrary(d1);
    await orm
      .update(book)
      .set({ extra: { isbn: "1" } })
      .where(eq(book.id, 20));
    const found = await orm.query.book.findFirst({
      where: eq(book.id, 20),
      columns: { title: true },
      with: { author: { columns: { joinedAt: true, settings: true, verified: true } } },
    });
    expect(found).toEqual({
      title: "Excession",
      author: { joinedAt: expect.any(Date), settings: null, verified: false },
    });
    expect(await orm.query.book.findFirst({ where: eq(book.id, 99) })).toBeUndefined();
  });
});
