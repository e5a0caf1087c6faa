import { describe, expect } from "vitest";
import { Prisma } from "./prisma/generated/client.ts";
import { itInLibrary } from "./prisma-library.ts";

const everyType = {
  id: "b-1",
  title: "ä€😀'\"",
  pages: -(2 ** 31),
  weight: 0.1,
  price: new Prisma.Decimal("12.34"),
  sold: 2n ** 53n - 1n,
  inPrint: false,
  cover: new Uint8Array([0, 128, 255]),
  notes: { list: [1, null, { deep: "ä" }], empty: {} },
  addedAt: new Date("2024-02-29T12:34:56.789Z"),
  changedAt: new Date(0),
};

describe("prisma keeps values:", () => {
  itInLibrary("of every type, in what a write returns and in what a read gives", async (prisma) => {
    const created = await prisma.book.create({ data: { ...everyType, author: { create: { name: "Ann" } } } });
    expect(created).toEqual({ ...everyType, authorId: 1 });
    expect(await prisma.book.findUniqueOrThrow({ where: { id: "b-1" } })).toEqual(created);
  });

  itInLibrary("null, and the defaults of the schema", async (prisma) => {
    const before = Date.now();
    const created = await prisma.book.create({ data: { title: "T", author: { create: { name: "Ann" } } } });
    expect(created).toMatchObject({
      pages: 0,
      weight: null,
      sold: 0n,
      inPrint: true,
      cover: null,
      notes: null,
    });
    expect(created.price.toString()).toBe("9.99");
    expect(created.id).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/);
    expect(created.addedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(created.changedAt.getTime()).toBeGreaterThanOrEqual(before);
  });

  itInLibrary("which filters of the same type find", async (prisma) => {
    await prisma.book.create({ data: { ...everyType, author: { create: { name: "Ann" } } } });
    await prisma.book.create({ data: { title: "other", author: { create: { name: "Bob" } } } });
    const filters: Prisma.BookWhereInput[] = [
      { title: everyType.title },
      { pages: { lt: 0 } },
      { weight: { gte: 0.1, lte: 0.1 } },
      { price: { gt: 12.33, lt: "12.35" } },
      { sold: 2n ** 53n - 1n },
      { inPrint: false },
      { cover: everyType.cover },
      { notes: { path: "$.list[2].deep", equals: "ä" } },
      { addedAt: new Date("2024-02-29T12:34:56.789Z") },
      { addedAt: { gt: "2024-02-29T00:00:00Z", lt: new Date("2024-03-01") } },
      { weight: { not: null } },
    ];
    for (const where of filters) {
      expect(
        await prisma.book.findMany({ where, select: { id: true } }),
        JSON.stringify(Object.keys(where)),
      ).toEqual([{ id: "b-1" }]);
    }
  });

  itInLibrary("but no BigInt that a number cannot hold", async (prisma) => {
    const data = { title: "T", sold: 2n ** 53n, author: { create: { name: "Ann" } } };
    await expect(prisma.book.create({ data })).rejects.toThrow("Invalid Int64-encoded value received");
    expect(await prisma.book.count()).toBe(0);
  });

  itInLibrary("of raw queries, as parameters only", async (prisma) => {
    const hostile = `'); DROP TABLE "Author"; --`;
    await prisma.$executeRaw`INSERT INTO "Author" ("name", "born") VALUES (${hostile}, ${new Date(0)})`;
    const rows = await prisma.$queryRaw`SELECT "id", "name", "born" FROM "Author" WHERE "name" = ${hostile}`;
    expect(rows).toEqual([{ id: 1, name: hostile, born: new Date(0) }]);
    expect(await prisma.author.findMany({ where: { name: { contains: "DROP" } } })).toHaveLength(1);
  });
});
