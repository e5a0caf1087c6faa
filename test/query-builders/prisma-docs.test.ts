import { env } from "cloudflare:workers";
import { connect } from "d1-procedures";
import { describe, expect, it } from "vitest";
import page from "../../docs/prisma.md?raw";
import { everySnippetRuns, snippetsOf } from "../support/doc-snippets.ts";
import { inDatabase } from "../support/in-database.ts";
import generated from "./prisma/generated/internal/class.ts?raw";
import migration from "./prisma/migration.sql?raw";
import schema from "./prisma/schema.prisma?raw";
import { openLibrary } from "./prisma-library.ts";
import { LibraryProcedures } from "./prisma-library-procedures.ts";
import procedures from "./prisma-library-procedures.ts?raw";
import { createAnn } from "./prisma-snippets.ts";
import snippets from "./prisma-snippets.ts?raw";

describe("docs/prisma.md", () => {
  everySnippetRuns(page, { "prisma-snippets.ts": snippets, "prisma-library-procedures.ts": procedures });

  it("shows the generator and the data source of the schema that the tests use", () => {
    const [shown] = snippetsOf(page.replaceAll("```prisma", "```ts"));
    expect(schema).toContain(shown);
  });
});

describe("the code of docs/prisma.md", () => {
  it("creates an author with books", async () => {
    await connect(env.DB).exec(migration);
    expect(await createAnn(env)).toMatchObject({ name: "Ann", books: [{ title: "One" }, { title: "Two" }] });
  });

  it(
    "sells copies of a book, unless it is out of print",
    inDatabase(async (database) => {
      const prisma = await openLibrary(database.db());
      const author = { create: { name: "Ann" } };
      await prisma.book.create({ data: { id: "new", title: "New", author } });
      await prisma.book.create({ data: { id: "old", title: "Old", authorId: 1, inPrint: false } });
      const procedures = new LibraryProcedures(database.db());
      expect(await procedures.Sell("new", 3n)).toEqual({ author: "Ann", sold: 3n });
      expect(await procedures.Sell("old", 3n)).toMatchObject({ error: { message: "Old is out of print" } });
      expect(await procedures.Sell("none", 3n)).toMatchObject({ error: { code: "P2025" } });
      expect(await database.query(`SELECT "id", "sold" FROM "Book"`)).toEqual([
        ["new", 3],
        ["old", 0],
      ]);
    }),
  );
});

describe("the generated client of Prisma", () => {
  it("is the one of prisma/schema.prisma", () => {
    expect(generated).toContain(`"inlineSchema": ${JSON.stringify(schema)}`);
  });
});
