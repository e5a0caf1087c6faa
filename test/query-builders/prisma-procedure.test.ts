import { describe, expect, it } from "vitest";
import type { ProcedureDatabase } from "../../src/procedures.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";
import type { PrismaClient } from "./prisma/generated/client.ts";
import { openLibrary } from "./prisma-library.ts";

/** Runs a test in a procedure: `prisma` is made of its `db`. */
function inLibrary(
  test: (prisma: PrismaClient, db: ProcedureDatabase, database: TestDatabase) => Promise<void>,
): () => Promise<void> {
  return inDatabase(async (database) => {
    const db = database.db();
    await test(await openLibrary(db), db, database);
  });
}

const create = (prisma: PrismaClient, name: string) =>
  prisma.author.create({ data: { name, books: { create: [{ title: `${name}'s book` }] } } });

/** The authors and their books, as the last commit has left them. */
const stored = (database: TestDatabase) =>
  database.column(`SELECT name FROM "Author" UNION ALL SELECT title FROM "Book"`);

describe("prisma in a transaction", () => {
  it(
    "commits what it wrote when the callback returns",
    inLibrary(async (prisma, db, database) => {
      const { id } = await db.transaction(async () => {
        const { id } = await create(prisma, "Ann");
        expect(await prisma.book.count({ where: { authorId: id } })).toBe(1);
        expect(await stored(database)).toEqual([]);
        return { id };
      });
      expect(id).toBe(1);
      expect(await stored(database)).toEqual(["Ann", "Ann's book"]);
    }),
  );

  it(
    "rolls back rows of all tables when the callback throws",
    inLibrary(async (prisma, db, database) => {
      const { error } = await db.transaction(async () => {
        await create(prisma, "Ann");
        await prisma.author.updateMany({ data: { name: "Bob" } });
        throw new Error("no");
      });
      expect(error).toMatchObject({ message: "no" });
      expect(await stored(database)).toEqual([]);
      expect(await prisma.author.count()).toBe(0);
    }),
  );

  it(
    "rolls back when Prisma throws, and hands its error on",
    inLibrary(async (prisma, db, database) => {
      const { error } = await db.transaction(async () => {
        await create(prisma, "Ann");
        await create(prisma, "Ann");
      });
      expect(error).toMatchObject({ name: "PrismaClientKnownRequestError", code: "P2002" });
      expect(await stored(database)).toEqual([]);
    }),
  );

  it(
    "makes $transaction([...]) and nested writes all or nothing",
    inLibrary(async (prisma, db, database) => {
      const twice = prisma.author.create({
        data: { name: "Ann", books: { create: [{ title: "A" }, { title: "A" }] } },
      });
      await db.transaction(async () => twice);
      expect(await stored(database)).toEqual([]);
      await db.transaction(async () =>
        prisma.$transaction([
          prisma.author.create({ data: { name: "Bob" } }),
          prisma.author.create({ data: { name: "Bob" } }),
        ]),
      );
      expect(await stored(database)).toEqual([]);
    }),
  );

  it(
    "undoes a failed nested write alone when it has a nested transaction",
    inLibrary(async (prisma, db, database) => {
      await db.transaction(async () => {
        await create(prisma, "Ann");
        const { error } = await db.transaction(async () => {
          await create(prisma, "Bob");
          await create(prisma, "Ann");
        });
        expect(error).toMatchObject({ code: "P2002" });
        await create(prisma, "Cid");
      });
      expect(await stored(database)).toEqual(["Ann", "Cid", "Ann's book", "Cid's book"]);
    }),
  );

  it(
    "goes on after txn.rollback()",
    inLibrary(async (prisma, db, database) => {
      await db.transaction(async (txn) => {
        await create(prisma, "Ann");
        await txn.rollback();
        await prisma.author.create({ data: { name: "Bob" } });
      });
      expect(await stored(database)).toEqual(["Bob"]);
    }),
  );

  it(
    "waits for something outside, and loses nothing; readers see nothing of it",
    inLibrary(async (prisma, db, database) => {
      await db.transaction(async () => {
        await create(prisma, "Ann");
        await scheduler.wait(3);
        expect(await stored(database)).toEqual([]);
        const found = await Promise.all([1, 2].map((id) => prisma.author.findUnique({ where: { id } })));
        expect(found).toMatchObject([{ name: "Ann" }, null]);
        await create(prisma, "Bob");
      });
      expect(await stored(database)).toEqual(["Ann", "Bob", "Ann's book", "Bob's book"]);
    }),
  );

  it(
    "reads, decides and writes, one transaction after the other",
    inLibrary(async (prisma, db, database) => {
      await prisma.author.create({
        data: { name: "Ann", books: { create: { id: "a", title: "A", pages: 0 } } },
      });
      const addPage = () =>
        db.transaction(async () => {
          const { pages } = await prisma.book.findUniqueOrThrow({ where: { id: "a" } });
          await scheduler.wait(1);
          await prisma.book.update({ where: { id: "a" }, data: { pages: pages + 1 } });
        });
      await Promise.all(Array.from({ length: 6 }, addPage));
      expect(await database.column(`SELECT pages FROM "Book"`)).toEqual([6]);
    }),
  );

  it(
    "keeps statements of two transactions apart that run at once on one client",
    inLibrary(async (prisma, db, database) => {
      await Promise.all([
        db.transaction(async () => {
          await create(prisma, "Ann");
          await scheduler.wait(2);
          await create(prisma, "Bob");
          throw new Error("no");
        }),
        db.transaction(async () => {
          await create(prisma, "Cid");
          await scheduler.wait(2);
        }),
        prisma.author.create({ data: { name: "Dan" } }),
      ]);
      expect((await stored(database)).sort()).toEqual(["Cid", "Cid's book", "Dan"]);
    }),
  );
});
