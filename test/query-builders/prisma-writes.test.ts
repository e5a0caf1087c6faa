import { describe, expect } from "vitest";
import type { PrismaClient } from "./prisma/generated/client.ts";
import { itInLibrary } from "./prisma-library.ts";

const names = async (prisma: PrismaClient) =>
  (await prisma.author.findMany({ orderBy: { id: "asc" } })).map(({ name }) => name);

describe("prisma writes", () => {
  itInLibrary("a row with rows of other tables", async (prisma) => {
    const ann = await prisma.author.create({
      data: {
        name: "Ann",
        books: { create: [{ title: "A1", tags: { create: [{ name: "new" }] } }, { title: "A2" }] },
      },
      select: { name: true, books: { select: { title: true, tags: true } } },
    });
    expect(ann).toEqual({
      name: "Ann",
      books: [
        { title: "A1", tags: [{ name: "new" }] },
        { title: "A2", tags: [] },
      ],
    });
  });

  itInLibrary("many rows, and gives them back when asked", async (prisma) => {
    expect(await prisma.author.createMany({ data: [{ name: "Ann" }, { name: "Bob" }] })).toEqual({
      count: 2,
    });
    const more = await prisma.author.createManyAndReturn({ data: [{ name: "Cid" }, { name: "Dan" }] });
    expect(more).toEqual([
      { id: 3, name: "Cid", born: null },
      { id: 4, name: "Dan", born: null },
    ]);
  });

  itInLibrary("changes: with values, with arithmetic, of many rows", async (prisma) => {
    const { books } = await prisma.author.create({
      data: {
        name: "Ann",
        books: {
          create: [
            { title: "A1", pages: 10 },
            { title: "A2", pages: 20 },
          ],
        },
      },
      include: { books: true },
    });
    const id = books[0]!.id;
    const changed = await prisma.book.update({
      where: { id },
      data: {
        pages: { increment: 5 },
        sold: { increment: 2n ** 40n },
        price: { multiply: 2 },
        inPrint: false,
      },
    });
    expect(changed).toMatchObject({ title: "A1", pages: 15, sold: 2n ** 40n, inPrint: false });
    expect(changed.price.toString()).toBe("19.98");
    expect(await prisma.book.updateMany({ where: { pages: { gt: 12 } }, data: { pages: 0 } })).toEqual({
      count: 2,
    });
    const returned = await prisma.book.updateManyAndReturn({
      where: { id },
      data: { title: "A0" },
      select: { title: true, pages: true },
    });
    expect(returned).toEqual([{ title: "A0", pages: 0 }]);
  });

  itInLibrary("a row or its change (upsert), by one statement or by two", async (prisma) => {
    const upsert = (name: string, born: Date) =>
      prisma.author.upsert({ where: { name }, create: { name, born }, update: { born } });
    expect(await upsert("Ann", new Date(0))).toEqual({ id: 1, name: "Ann", born: new Date(0) });
    expect(await upsert("Ann", new Date(1))).toEqual({ id: 1, name: "Ann", born: new Date(1) });
    const withBooks = await prisma.author.upsert({
      where: { name: "Bob" },
      create: { name: "Bob", books: { create: { title: "B1" } } },
      update: {},
      include: { books: { select: { title: true } } },
    });
    expect(withBooks.books).toEqual([{ title: "B1" }]);
  });

  itInLibrary("relations: connects, sets and disconnects", async (prisma) => {
    await prisma.tag.createMany({ data: [{ name: "a" }, { name: "b" }, { name: "c" }] });
    await prisma.author.createMany({ data: [{ name: "Ann" }, { name: "Bob" }] });
    await prisma.book.create({
      data: {
        id: "x",
        title: "X",
        author: { connect: { name: "Ann" } },
        tags: { connect: [{ name: "a" }, { name: "b" }] },
      },
    });
    const tags = async (data: Parameters<typeof prisma.book.update>[0]["data"]) => {
      const book = await prisma.book.update({
        where: { id: "x" },
        data,
        include: { tags: true, author: true },
      });
      return [book.author.name, ...book.tags.map(({ name }) => name).sort()];
    };
    expect(await tags({})).toEqual(["Ann", "a", "b"]);
    expect(await tags({ tags: { disconnect: { name: "a" } }, author: { connect: { name: "Bob" } } })).toEqual(
      ["Bob", "b"],
    );
    expect(await tags({ tags: { set: [{ name: "c" }, { name: "a" }] } })).toEqual(["Bob", "a", "c"]);
  });

  itInLibrary("deletions, which cascade", async (prisma) => {
    await prisma.author.create({
      data: { name: "Ann", books: { create: [{ title: "A1" }, { title: "A2" }] } },
    });
    await prisma.author.create({ data: { name: "Bob", books: { create: [{ title: "B1" }] } } });
    expect(await prisma.author.delete({ where: { name: "Ann" } })).toMatchObject({ id: 1 });
    expect(await prisma.book.findMany({ select: { title: true } })).toEqual([{ title: "B1" }]);
    expect(await prisma.book.deleteMany({ where: { title: { not: "B1" } } })).toEqual({ count: 0 });
    // One author and his book: D1 counts rows that a cascade takes along.
    expect(await prisma.author.deleteMany()).toEqual({ count: 2 });
    expect(await prisma.book.count()).toBe(0);
  });

  itInLibrary("with raw SQL, and counts the rows", async (prisma) => {
    await prisma.author.createMany({ data: [{ name: "Ann" }, { name: "Bob" }] });
    expect(await prisma.$executeRaw`UPDATE "Author" SET "born" = NULL WHERE "name" < ${"B"}`).toBe(1);
    expect(await prisma.$executeRawUnsafe(`DELETE FROM "Author" WHERE "id" > ?`, 0)).toBe(2);
  });

  itInLibrary("nothing that a constraint refuses, and tells Prisma's codes", async (prisma) => {
    await prisma.author.create({ data: { name: "Ann" } });
    await expect(prisma.author.create({ data: { name: "Ann" } })).rejects.toMatchObject({
      code: "P2002",
      message: expect.stringContaining("Unique constraint failed on the fields: (`name`)"),
    });
    await expect(prisma.book.create({ data: { title: "X", authorId: 9 } })).rejects.toMatchObject({
      code: "P2003",
    });
    await expect(prisma.author.update({ where: { id: 9 }, data: { name: "X" } })).rejects.toMatchObject({
      code: "P2025",
    });
    await expect(prisma.author.delete({ where: { id: 9 } })).rejects.toMatchObject({ code: "P2025" });
    await expect(prisma.$executeRaw`INSERT INTO "Author" ("name") VALUES (${null})`).rejects.toMatchObject({
      code: "P2010",
      message: expect.stringContaining("NOT NULL constraint failed"),
    });
    await expect(prisma.$queryRaw`SELECT * FROM nowhere`).rejects.toThrow("no such table: nowhere");
    expect(await names(prisma)).toEqual(["Ann"]);
  });

  // So says Prisma of its adapter. In a procedure's db.transaction() the same list is all or nothing.
  itInLibrary("a list with $transaction() one by one, not all or nothing", async (prisma) => {
    const create = (name: string) => prisma.author.create({ data: { name } });
    expect(await prisma.$transaction([create("Ann"), prisma.author.count()])).toEqual([
      { id: 1, name: "Ann", born: null },
      1,
    ]);
    await expect(prisma.$transaction([create("Bob"), create("Ann")])).rejects.toMatchObject({
      code: "P2002",
    });
    expect(await names(prisma)).toEqual(["Ann", "Bob"]);
  });

  itInLibrary("no interactive $transaction(), which Prisma refuses for its D1 adapter", async (prisma) => {
    expect(() => prisma.$transaction(async (tx) => tx.author.create({ data: { name: "Ann" } }))).toThrow(
      "Cloudflare D1 does not support interactive transactions",
    );
    expect(await names(prisma)).toEqual([]);
  });
});
