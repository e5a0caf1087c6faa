import { eq, sql, TransactionRollbackError } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { describe, expect, it } from "vitest";
import type { ProcedureDatabase } from "../../src/procedures.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";
import { type Library, openLibrary } from "./drizzle-library.ts";
import * as schema from "./drizzle-schema.ts";
import { author, book } from "./drizzle-schema.ts";

/** Runs a test in a procedure of its own: `orm` is Drizzle on its `db`. */
function inLibrary(
  test: (orm: Library, database: TestDatabase, db: ProcedureDatabase) => Promise<void>,
): () => Promise<void> {
  return inDatabase(async (database) => {
    const db = database.db();
    await test(await openLibrary(db), database, db);
  });
}

/** The authors that were added to the library, as the last commit has left them. */
const added = (database: TestDatabase) => database.column("SELECT name FROM author WHERE id > 3 ORDER BY id");

describe("drizzle's db.transaction() in a procedure", () => {
  it(
    "commits when its callback returns, and gives what it returned",
    inLibrary(async (orm, database) => {
      const result = await orm.transaction(async (tx) => {
        await tx.insert(author).values({ name: "a" });
        const [row] = await tx.insert(author).values({ name: "b" }).returning({ id: author.id });
        expect(await tx.$count(author)).toBe(5);
        return row!.id;
      });
      expect(result).toBe(5);
      expect(await added(database)).toEqual(["a", "b"]);
    }),
  );

  it(
    "rolls back when its callback throws, and rejects with what it threw",
    inLibrary(async (orm, database) => {
      const thrown = new Error("no");
      const transaction = orm.transaction(async (tx) => {
        await tx.insert(author).values({ name: "a" });
        await tx.delete(book);
        throw thrown;
      });
      await expect(transaction).rejects.toBe(thrown);
      expect(await added(database)).toEqual([]);
      expect(await orm.$count(book)).toBe(4);
    }),
  );

  it(
    "rolls back with tx.rollback(), which ends the callback",
    inLibrary(async (orm, database) => {
      const transaction = orm.transaction(async (tx) => {
        await tx.insert(author).values({ name: "a" });
        tx.rollback();
      });
      await expect(transaction).rejects.toBeInstanceOf(TransactionRollbackError);
      expect(await added(database)).toEqual([]);
    }),
  );

  it(
    "rolls back when a statement fails, and goes on when the callback catches that",
    inLibrary(async (orm, database) => {
      const failing = orm.transaction(async (tx) => {
        await tx.insert(author).values({ name: "a" });
        await tx.insert(author).values({ name: "Iain" });
      });
      await expect(failing).rejects.toMatchObject({
        cause: { message: expect.stringMatching(/^D1_ERROR: UNIQUE constraint failed: author\.name/) },
      });
      expect(await added(database)).toEqual([]);
      await orm.transaction(async (tx) => {
        await tx.insert(author).values({ name: "b" });
        await tx
          .insert(author)
          .values({ name: "Iain" })
          .catch(() => {});
      });
      expect(await added(database)).toEqual(["b"]);
    }),
  );

  it(
    "keeps what the outer one did when a nested one fails, at every depth",
    inLibrary(async (orm, database) => {
      await orm.transaction(async (tx) => {
        await tx.insert(author).values({ name: "outer" });
        const failing = tx.transaction(async (inner) => {
          await inner.insert(author).values({ name: "inner" });
          await inner.transaction(async (innermost) => {
            await innermost.insert(author).values({ name: "innermost" });
          });
          inner.rollback();
        });
        await expect(failing).rejects.toBeInstanceOf(TransactionRollbackError);
        await tx.transaction(async (inner) => {
          await inner.insert(author).values({ name: "second" });
          await inner
            .transaction(async (innermost) => {
              await innermost.insert(author).values({ name: "undone" });
              throw new Error("no");
            })
            .catch(() => {});
        });
      });
      expect(await added(database)).toEqual(["outer", "second"]);
    }),
  );

  it(
    "waits for something outside while readers go on and see none of it, and rolls back after that too",
    inLibrary(async (orm, database) => {
      await orm.transaction(async (tx) => {
        await tx.insert(author).values({ name: "a" });
        await scheduler.wait(1);
        expect(await added(database)).toEqual([]);
        expect(await tx.select().from(author).where(eq(author.name, "a"))).toHaveLength(1);
        await tx.insert(author).values({ name: "b" });
      });
      expect(await added(database)).toEqual(["a", "b"]);
      const failing = orm.transaction(async (tx) => {
        await tx.insert(author).values({ name: "c" });
        await scheduler.wait(1);
        await tx.insert(author).values({ name: "d" });
        tx.rollback();
      });
      await expect(failing).rejects.toBeInstanceOf(TransactionRollbackError);
      expect(await added(database)).toEqual(["a", "b"]);
    }),
  );

  it(
    "runs relational queries, and statements that were prepared before it",
    inLibrary(async (orm, database) => {
      const add = orm
        .insert(author)
        .values({ name: sql.placeholder("name") })
        .prepare();
      await orm
        .transaction(
          async (tx) => {
            await add.run({ name: "prepared" });
            const found = await tx.query.author.findFirst({
              where: eq(author.name, "prepared"),
              with: { books: true },
            });
            expect(found).toMatchObject({ name: "prepared", books: [] });
            tx.rollback();
          },
          { behavior: "immediate" },
        )
        .catch(() => {});
      expect(await added(database)).toEqual([]);
    }),
  );

  it(
    "rejects when a deferred foreign key refuses the commit, and leaves nothing",
    inLibrary(async (orm, database) => {
      const transaction = orm.transaction(async (tx) => {
        await tx.run(sql`PRAGMA defer_foreign_keys = ON`);
        await tx.insert(author).values({ name: "a" });
        await tx.insert(book).values({ title: "orphan", authorId: 99 });
      });
      await expect(transaction).rejects.toMatchObject({
        cause: { message: expect.stringContaining("FOREIGN KEY constraint failed") },
      });
      expect(await added(database)).toEqual([]);
      await orm.transaction(async (tx) => {
        await tx.insert(author).values({ name: "next" });
      });
      expect(await added(database)).toEqual(["next"]);
    }),
  );

  it(
    "takes everything along that the same db runs meanwhile: BEGIN binds to the db of the call",
    inLibrary(async (orm, database, db) => {
      const transaction = orm.transaction(async (tx) => {
        await tx.insert(author).values({ name: "tx" });
        await orm.insert(author).values({ name: "orm" });
        await db.prepare("INSERT INTO author (name, token) VALUES ('db', '')").run();
        tx.rollback();
      });
      await expect(transaction).rejects.toBeInstanceOf(TransactionRollbackError);
      expect(await added(database)).toEqual([]);
    }),
  );

  it(
    "refuses a second one on the same db at the same time; the first goes on",
    inLibrary(async (orm, database) => {
      const add = (name: string) =>
        orm.transaction(async (tx) => {
          await tx.insert(author).values({ name });
          await scheduler.wait(1);
        });
      const [first, second] = await Promise.allSettled([add("first"), add("second")]);
      expect(first.status).toBe("fulfilled");
      expect(second).toMatchObject({
        reason: {
          cause: { message: "D1_ERROR: cannot start a transaction within a transaction: SQLITE_ERROR" },
        },
      });
      expect(await added(database)).toEqual(["first"]);
    }),
  );

  it(
    "runs one after the other in two calls",
    inLibrary(async (orm, database) => {
      const other = drizzle(database.db(), { schema });
      const raise = (db: DrizzleD1Database<typeof schema>) =>
        db.transaction(async (tx) => {
          const [row] = await tx.select({ pages: book.pages }).from(book).where(eq(book.id, 10));
          await scheduler.wait(1);
          await tx
            .update(book)
            .set({ pages: row!.pages! + 1 })
            .where(eq(book.id, 10));
        });
      await Promise.all([raise(orm), raise(other)]);
      expect(await database.column("SELECT pages FROM book WHERE id = 10")).toEqual([343]);
    }),
  );
});

describe("drizzle in this.db.transaction()", () => {
  it(
    "joins it with every query, and it nests with this.db.transaction()",
    inLibrary(async (orm, database, db) => {
      const { error } = await db.transaction(async () => {
        await orm.insert(author).values({ name: "a" });
        await db.transaction(async () => {
          await orm.insert(author).values({ name: "undone" });
          throw new Error("inner");
        });
        await scheduler.wait(1);
        await orm.batch([
          orm.insert(author).values({ name: "b" }),
          orm.update(author).set({ rating: 1 }).where(eq(author.name, "a")),
        ]);
        expect(await added(database)).toEqual([]);
      });
      expect(error).toBeUndefined();
      expect(await added(database)).toEqual(["a", "b"]);
      expect(await database.column("SELECT rating FROM author WHERE name = 'a'")).toEqual([1]);
    }),
  );

  it(
    "runs two at the same time one after the other",
    inLibrary(async (orm, database, db) => {
      const raise = () =>
        db.transaction(async () => {
          const [row] = await orm.select({ pages: book.pages }).from(book).where(eq(book.id, 10));
          await scheduler.wait(1);
          await orm
            .update(book)
            .set({ pages: row!.pages! + 1 })
            .where(eq(book.id, 10));
        });
      await Promise.all([raise(), raise()]);
      expect(await database.column("SELECT pages FROM book WHERE id = 10")).toEqual([343]);
    }),
  );

  it(
    "is told to nest with this.db.transaction() when it sends BEGIN there",
    inLibrary(async (orm, database, db) => {
      const { error } = await db.transaction(async () => {
        await orm.transaction(async (tx) => {
          await tx.insert(author).values({ name: "a" });
        });
      });
      expect(error!.cause).toMatchObject({
        code: "TRANSACTION_MISUSE",
        message: expect.stringContaining("a nested db.transaction()"),
      });
      expect(await added(database)).toEqual([]);
    }),
  );
});
