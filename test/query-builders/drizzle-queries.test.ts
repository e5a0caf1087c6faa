import {
  and,
  asc,
  avg,
  between,
  count,
  desc,
  eq,
  exists,
  gt,
  inArray,
  isNull,
  like,
  max,
  notInArray,
  or,
  sql,
  sum,
} from "drizzle-orm";
import { alias, unionAll } from "drizzle-orm/sqlite-core";
import { describe, expect } from "vitest";
import { itOnEveryDatabase } from "./databases.ts";
import { openLibrary } from "./drizzle-library.ts";
import { author, book, bookGenre, genre, longBook } from "./drizzle-schema.ts";

describe("drizzle: queries", () => {
  itOnEveryDatabase("filter, order, limit and offset", async (d1) => {
    const orm = await openLibrary(d1);
    const titles = await orm
      .select({ title: book.title })
      .from(book)
      .where(or(like(book.title, "The %"), and(gt(book.pages, 400), eq(book.authorId, 2))))
      .orderBy(desc(book.title))
      .limit(2)
      .offset(1);
    expect(titles).toEqual([{ title: "The Dispossessed" }, { title: "Surface Detail" }]);
    const ids = await orm
      .select({ id: book.id })
      .from(book)
      .where(and(inArray(book.id, [10, 20, 99]), between(book.pages, 300, 400), isNull(book.extra)));
    expect(ids).toEqual([{ id: 10 }]);
  });

  itOnEveryDatabase("join tables that share column names, one row or none on the right", async (d1) => {
    const orm = await openLibrary(d1);
    const rows = await orm
      .select()
      .from(author)
      .leftJoin(book, eq(book.authorId, author.id))
      .where(notInArray(author.id, [1]))
      .orderBy(author.id, book.id);
    expect(rows.map((row) => [row.author.id, row.author.name, row.book?.id, row.book?.title])).toEqual([
      [2, "Iain", 20, "Excession"],
      [2, "Iain", 21, "Surface Detail"],
      [3, "Reader", undefined, undefined],
    ]);
  });

  itOnEveryDatabase("join a table with itself under an alias, and over a table in between", async (d1) => {
    const orm = await openLibrary(d1);
    const other = alias(book, "other");
    const pairs = await orm
      .select({ one: book.id, two: other.id })
      .from(book)
      .innerJoin(other, and(eq(book.authorId, other.authorId), gt(other.id, book.id)))
      .orderBy(asc(book.id));
    expect(pairs).toEqual([
      { one: 10, two: 11 },
      { one: 20, two: 21 },
    ]);
    const genres = await orm
      .select({ title: book.title, genre: genre.name })
      .from(bookGenre)
      .innerJoin(book, eq(bookGenre.bookId, book.id))
      .innerJoin(genre, eq(bookGenre.genreId, genre.id))
      .where(eq(book.id, 10))
      .orderBy(genre.id);
    expect(genres.map((row) => row.genre)).toEqual(["Science fiction", "?"]);
  });

  itOnEveryDatabase("aggregate, group, and filter the groups", async (d1) => {
    const orm = await openLibrary(d1);
    const rows = await orm
      .select({
        author: book.authorId,
        books: count(),
        pages: sum(book.pages).mapWith(Number),
        longest: max(book.pages),
        mean: avg(book.pages).mapWith(Number),
      })
      .from(book)
      .groupBy(book.authorId)
      .having(({ pages }) => gt(pages, 700));
    expect(rows).toEqual([{ author: 2, books: 2, pages: 1078, longest: 627, mean: 539 }]);
  });

  itOnEveryDatabase("count with $count, alone and as a column", async (d1) => {
    const orm = await openLibrary(d1);
    expect(await orm.$count(book)).toBe(4);
    expect(await orm.$count(book, gt(book.pages, 400))).toBe(2);
    const rows = await orm
      .select({ name: author.name, books: orm.$count(book, eq(book.authorId, author.id)) })
      .from(author)
      .orderBy(author.id);
    expect(rows.map((row) => row.books)).toEqual([2, 2, 0]);
  });

  itOnEveryDatabase("use subqueries, EXISTS and common table expressions", async (d1) => {
    const orm = await openLibrary(d1);
    const totals = orm
      .select({ authorId: book.authorId, pages: sum(book.pages).mapWith(Number).as("pages") })
      .from(book)
      .groupBy(book.authorId)
      .as("totals");
    const withTotals = await orm
      .select({ name: author.name, pages: totals.pages })
      .from(author)
      .innerJoin(totals, eq(totals.authorId, author.id))
      .orderBy(desc(totals.pages));
    expect(withTotals).toEqual([
      { name: "Iain", pages: 1078 },
      { name: "Ursula", pages: 605 },
    ]);

    const busy = orm.$with("busy").as(orm.select().from(author).where(eq(author.role, "writer")));
    const hasUtopia = orm
      .select({ one: sql`1` })
      .from(bookGenre)
      .innerJoin(book, eq(book.id, bookGenre.bookId))
      .where(and(eq(book.authorId, busy.id), eq(bookGenre.genreId, "utopia")));
    expect(await orm.with(busy).select({ name: busy.name }).from(busy).where(exists(hasUtopia))).toEqual([
      { name: "Ursula" },
    ]);
  });

  itOnEveryDatabase("select from a view, distinct rows, and unions", async (d1) => {
    const orm = await openLibrary(d1);
    expect(await orm.select().from(longBook)).toEqual([{ id: 21, title: "Surface Detail" }]);
    expect(await orm.selectDistinct({ authorId: book.authorId }).from(book)).toHaveLength(2);
    const names = await unionAll(
      orm.select({ name: author.name }).from(author).where(eq(author.id, 1)),
      orm.select({ name: genre.name }).from(genre).where(eq(genre.id, "sf")),
    );
    expect(names).toEqual([{ name: "Ursula" }, { name: "Science fiction" }]);
  });

  itOnEveryDatabase("give undefined, not null, for a row that is not there", async (d1) => {
    const orm = await openLibrary(d1);
    expect(await orm.select().from(book).where(eq(book.id, 99)).get()).toBeUndefined();
    expect(await orm.select().from(book).where(eq(book.id, 99)).all()).toEqual([]);
  });
});
