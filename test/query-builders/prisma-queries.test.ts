import { describe, expect } from "vitest";
import { Prisma, type PrismaClient } from "./prisma/generated/client.ts";
import { itInLibrary } from "./prisma-library.ts";

/** Three authors; Ann wrote "A1" and "A2", Bob "B1". */
async function fill(prisma: PrismaClient): Promise<void> {
  const book = (title: string, pages: number, ...tags: string[]) => ({
    id: title,
    title,
    pages,
    tags: { connectOrCreate: tags.map((name) => ({ where: { name }, create: { name } })) },
  });
  await prisma.author.create({
    data: { name: "Ann", books: { create: [book("A1", 100, "new", "long"), book("A2", 50, "new")] } },
  });
  await prisma.author.create({ data: { name: "Bob", books: { create: [book("B1", 300, "long")] } } });
  await prisma.author.create({ data: { name: "Cid" } });
}

const titles = (books: { title: string }[]) => books.map(({ title }) => title);
const names = (authors: { name: string }[]) => authors.map(({ name }) => name);

describe("prisma reads", () => {
  itInLibrary("one row, or null, or an error that says which", async (prisma) => {
    await fill(prisma);
    expect(await prisma.author.findUnique({ where: { name: "Bob" } })).toEqual({
      id: 2,
      name: "Bob",
      born: null,
    });
    expect(await prisma.author.findUnique({ where: { id: 9 } })).toBeNull();
    expect(await prisma.author.findFirst({ orderBy: { name: "desc" }, select: { name: true } })).toEqual({
      name: "Cid",
    });
    await expect(prisma.author.findUniqueOrThrow({ where: { id: 9 } })).rejects.toMatchObject({
      code: "P2025",
    });
  });

  itInLibrary("by a unique key of two columns", async (prisma) => {
    await fill(prisma);
    const where = { authorId_title: { authorId: 1, title: "A2" } };
    expect(await prisma.book.findUnique({ where, select: { pages: true } })).toEqual({ pages: 50 });
  });

  itInLibrary("many keys at once, which Prisma puts into one query", async (prisma) => {
    await fill(prisma);
    const found = await Promise.all([3, 1, 9, 2].map((id) => prisma.author.findUnique({ where: { id } })));
    expect(found.map((author) => author?.name)).toEqual(["Cid", "Ann", undefined, "Bob"]);
  });

  itInLibrary("relations of relations, counted, filtered and ordered", async (prisma) => {
    await fill(prisma);
    const authors = await prisma.author.findMany({
      orderBy: { books: { _count: "desc" } },
      select: {
        name: true,
        _count: { select: { books: true } },
        books: {
          where: { pages: { gt: 60 } },
          select: { title: true, tags: { select: { name: true }, orderBy: { name: "asc" } } },
        },
      },
    });
    expect(authors).toEqual([
      {
        name: "Ann",
        _count: { books: 2 },
        books: [{ title: "A1", tags: [{ name: "long" }, { name: "new" }] }],
      },
      { name: "Bob", _count: { books: 1 }, books: [{ title: "B1", tags: [{ name: "long" }] }] },
      { name: "Cid", _count: { books: 0 }, books: [] },
    ]);
  });

  itInLibrary("what filters of rows and of relations fit", async (prisma) => {
    await fill(prisma);
    const books = async (where: Prisma.BookWhereInput) =>
      titles(await prisma.book.findMany({ where, orderBy: { title: "asc" } }));
    const authors = async (where: Prisma.AuthorWhereInput) =>
      names(await prisma.author.findMany({ where, orderBy: { name: "asc" } }));
    expect(await books({ OR: [{ pages: { gte: 300 } }, { title: { endsWith: "2" } }] })).toEqual([
      "A2",
      "B1",
    ]);
    expect(await books({ NOT: { title: { startsWith: "A" } }, pages: { in: [100, 300] } })).toEqual(["B1"]);
    expect(await books({ author: { name: "Ann" }, tags: { some: { name: "long" } } })).toEqual(["A1"]);
    expect(await authors({ books: { none: {} } })).toEqual(["Cid"]);
    expect(await authors({ books: { some: { tags: { every: { name: "new" } } } } })).toEqual(["Ann"]);
    expect(await authors({ name: { contains: "b" } })).toEqual(["Bob"]);
  });

  itInLibrary("pages by offset and by cursor", async (prisma) => {
    await fill(prisma);
    const orderBy = { title: "asc" } as const;
    expect(titles(await prisma.book.findMany({ orderBy, skip: 1, take: 1 }))).toEqual(["A2"]);
    expect(titles(await prisma.book.findMany({ orderBy, cursor: { id: "A1" }, skip: 1, take: 5 }))).toEqual([
      "A2",
      "B1",
    ]);
    expect(titles(await prisma.book.findMany({ orderBy, take: -1 }))).toEqual(["B1"]);
  });

  itInLibrary("aggregates and groups", async (prisma) => {
    await fill(prisma);
    expect(await prisma.book.count({ where: { pages: { lt: 200 } } })).toBe(2);
    expect(
      await prisma.book.aggregate({ _sum: { pages: true }, _avg: { pages: true }, _max: { title: true } }),
    ).toEqual({
      _sum: { pages: 450 },
      _avg: { pages: 150 },
      _max: { title: "B1" },
    });
    const groups = await prisma.book.groupBy({
      by: "authorId",
      _count: true,
      _sum: { pages: true },
      having: { pages: { _sum: { gt: 100 } } },
      orderBy: { authorId: "asc" },
    });
    expect(groups).toEqual([
      { authorId: 1, _count: 2, _sum: { pages: 150 } },
      { authorId: 2, _count: 1, _sum: { pages: 300 } },
    ]);
  });

  itInLibrary("with more keys than D1 takes parameters, in several queries", async (prisma) => {
    const people = Array.from({ length: 250 }, (_, index) => ({ name: `n${index}` }));
    expect(await prisma.author.createMany({ data: people })).toEqual({ count: 250 });
    const wanted = people.map(({ name }) => name);
    expect(await prisma.author.findMany({ where: { name: { in: wanted } } })).toHaveLength(250);
    expect(await prisma.author.findMany({ include: { books: true } })).toHaveLength(250);
  });

  itInLibrary("raw SQL, put together of parts", async (prisma) => {
    await fill(prisma);
    const long = Prisma.sql`"pages" > ${60}`;
    const rows =
      await prisma.$queryRaw`SELECT "title", "pages" FROM "Book" WHERE ${long} AND "title" IN (${Prisma.join(["A1", "A2"])})`;
    expect(rows).toEqual([{ title: "A1", pages: 100 }]);
    expect(await prisma.$queryRawUnsafe(`SELECT count(*) AS n FROM "Book" WHERE "pages" < ?`, 60)).toEqual([
      { n: 1 },
    ]);
  });
});
