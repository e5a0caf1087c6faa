import { eq, gt, sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { itOnEveryDatabase } from "./databases.ts";
import { openLibrary } from "./drizzle-library.ts";
import { author, book, genre } from "./drizzle-schema.ts";

describe("drizzle: prepared statements", () => {
  itOnEveryDatabase("run again and again with other values, also at the same time", async (d1) => {
    const orm = await openLibrary(d1);
    const byId = orm
      .select({ title: book.title })
      .from(book)
      .where(eq(book.id, sql.placeholder("id")))
      .prepare();
    expect(await byId.get({ id: 10 })).toEqual({ title: "The Dispossessed" });
    const found = await Promise.all([11, 20, 99].map((id) => byId.all({ id })));
    expect(found).toEqual([[{ title: "The Telling" }], [{ title: "Excession" }], []]);
    expect(await byId.values({ id: 21 })).toEqual([["Surface Detail"]]);
  });

  itOnEveryDatabase("insert, with values that the column maps", async (d1) => {
    const orm = await openLibrary(d1);
    const add = orm
      .insert(author)
      .values({ name: sql.placeholder("name"), verified: sql.placeholder("verified") })
      .returning({ name: author.name, verified: author.verified })
      .prepare();
    expect(await add.get({ name: "A", verified: true })).toEqual({ name: "A", verified: true });
    expect(await add.all({ name: "B", verified: false })).toEqual([{ name: "B", verified: false }]);
  });

  itOnEveryDatabase("of relational queries take placeholders too", async (d1) => {
    const orm = await openLibrary(d1);
    const longOnes = orm.query.author
      .findFirst({
        columns: { name: true },
        where: (author, { eq }) => eq(author.id, sql.placeholder("id")),
        with: {
          books: { columns: { id: true }, where: (book, { gt }) => gt(book.pages, sql.placeholder("pages")) },
        },
      })
      .prepare();
    expect(await longOnes.execute({ id: 2, pages: 500 })).toEqual({ name: "Iain", books: [{ id: 21 }] });
  });
});

describe("drizzle: raw SQL", () => {
  itOnEveryDatabase("runs with run, all, get and values", async (d1) => {
    const orm = await openLibrary(d1);
    const hostile = "x'); DROP TABLE book; --";
    const inserted = await orm.run(sql`INSERT INTO ${genre} (id, name) VALUES (${"x"}, ${hostile})`);
    expect(inserted.meta.changes).toBe(1);
    const query = sql`SELECT id, name FROM ${genre} WHERE ${genre.name} = ${hostile}`;
    expect(await orm.all(query)).toEqual([{ id: "x", name: hostile }]);
    expect(await orm.get(query)).toEqual({ id: "x", name: hostile });
    expect(await orm.values(query)).toEqual([["x", hostile]]);
    expect(await orm.all(sql`SELECT 1 WHERE 0`)).toEqual([]);
    expect(await orm.get(sql`SELECT 1 WHERE 0`)).toBeUndefined();
  });

  itOnEveryDatabase("quotes identifiers, whatever is in them", async (d1) => {
    const orm = await openLibrary(d1);
    const name = sql.identifier(`odd "name'; --`);
    await orm.run(sql`CREATE TABLE ${name} (a)`);
    await orm.run(sql`INSERT INTO ${name} VALUES (1)`);
    expect(await orm.values(sql`SELECT * FROM ${name}`)).toEqual([[1]]);
  });
});

describe("drizzle: a batch", () => {
  itOnEveryDatabase("runs queries of all kinds in order and maps the result of each", async (d1) => {
    const orm = await openLibrary(d1);
    const results = await orm.batch([
      orm.insert(author).values({ name: "Batch", verified: true }).returning({ id: author.id }),
      orm.update(author).set({ role: "writer" }).where(eq(author.name, "Batch")),
      orm
        .select({ role: author.role, verified: author.verified })
        .from(author)
        .where(eq(author.name, "Batch")),
      orm.query.book.findMany({ columns: { id: true }, where: gt(book.pages, 500) }),
      orm.query.book.findFirst({ columns: { id: true }, where: eq(book.id, 10), with: { author: true } }),
      orm.all(sql`SELECT 1 AS one`),
      orm.delete(author).where(eq(author.name, "Batch")).returning({ role: author.role }),
    ]);
    expect(results).toMatchObject([
      [{ id: 4 }],
      { success: true, meta: { changes: 1 } },
      [{ role: "writer", verified: true }],
      [{ id: 21 }],
      { id: 10, author: { name: "Ursula", joinedAt: expect.any(Date) } },
      [{ one: 1 }],
      [{ role: "writer" }],
    ]);
  });

  itOnEveryDatabase("with raw SQL that has parameters is beyond Drizzle itself", async (d1) => {
    const orm = await openLibrary(d1);
    await expect(orm.batch([orm.run(sql`DELETE FROM ${book} WHERE id = ${10}`)])).rejects.toThrow(TypeError);
    await orm.batch([orm.run(sql`DELETE FROM book WHERE id = 10`)]);
    expect(await orm.$count(book)).toBe(3);
  });

  itOnEveryDatabase("undoes everything when one of it fails", async (d1) => {
    const orm = await openLibrary(d1);
    const batch = orm.batch([
      orm.delete(book).where(eq(book.id, 10)),
      orm.insert(author).values({ name: "New" }),
      orm.insert(author).values({ name: "Iain" }),
    ]);
    await expect(batch).rejects.toThrow("UNIQUE constraint failed: author.name");
    expect([await orm.$count(book), await orm.$count(author)]).toEqual([4, 3]);
  });
});
