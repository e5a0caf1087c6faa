import { expect } from "vitest";
import type { Concept } from "../conformance-case.ts";
import { expectD1Error } from "../failures.ts";

async function notes(db: D1Database): Promise<void> {
  await db.exec("CREATE VIRTUAL TABLE note USING fts5(title, body)");
  await db
    .prepare(
      "INSERT INTO note VALUES ('one', 'the quick brown fox'), ('two', 'lazy dogs and a fox'), ('three', 'a cat')",
    )
    .run();
}

const titles = async (db: D1Database, query: string) =>
  (await db.prepare("SELECT title FROM note WHERE note MATCH ? ORDER BY rowid").bind(query).raw()).flat();

export default {
  title: "Full-text search",
  cases: [
    {
      behaviour: "finds words, prefixes, phrases and combinations in an FTS5 table",
      async run(db) {
        await notes(db);
        expect(await titles(db, "fox")).toEqual(["one", "two"]);
        expect(await titles(db, "dog*")).toEqual(["two"]);
        expect(await titles(db, '"brown fox"')).toEqual(["one"]);
        expect(await titles(db, "fox NOT lazy")).toEqual(["one"]);
        expect(await titles(db, "title : three OR quick")).toEqual(["one", "three"]);
      },
    },
    {
      behaviour: "ranks and highlights what it finds",
      async run(db) {
        await notes(db);
        const row = await db
          .prepare(
            "SELECT highlight(note, 1, '[', ']') AS marked, snippet(note, 1, '<', '>', '...', 2) AS part, " +
              "bm25(note) < 0 AS scored FROM note WHERE note MATCH 'quick' ORDER BY rank",
          )
          .first();
        expect(row).toEqual({ marked: "the [quick] brown fox", part: "the <quick>...", scored: 1 });
      },
    },
    {
      behaviour: "changes and deletes rows of an FTS5 table",
      async run(db) {
        await notes(db);
        await db.prepare("UPDATE note SET body = 'nothing' WHERE title = 'one'").run();
        await db.prepare("DELETE FROM note WHERE title = 'two'").run();
        expect(await titles(db, "fox")).toEqual([]);
        expect(await titles(db, "nothing")).toEqual(["one"]);
      },
    },
    {
      behaviour: "undoes what a failed batch wrote to an FTS5 table",
      async run(db) {
        await notes(db);
        const batch = db.batch([
          db.prepare("INSERT INTO note VALUES ('four', 'a fox too')"),
          db.prepare("DELETE FROM note WHERE title = 'one'"),
          db.prepare("SELEC 1"),
        ]);
        await expect(batch).rejects.toThrow("syntax error");
        expect(await titles(db, "fox")).toEqual(["one", "two"]);
      },
    },
    {
      behaviour: "keeps an FTS5 table beside a table up to date with triggers",
      async run(db) {
        await db.exec(
          "CREATE TABLE doc (id INTEGER PRIMARY KEY, text TEXT);\n" +
            "CREATE VIRTUAL TABLE found USING fts5(text, content='doc', content_rowid='id');\n" +
            "CREATE TRIGGER added AFTER INSERT ON doc BEGIN INSERT INTO found(rowid, text) VALUES (new.id, new.text); END;",
        );
        await db.prepare("INSERT INTO doc (text) VALUES ('hello world'), ('good bye')").run();
        const { results } = await db
          .prepare("SELECT doc.* FROM found JOIN doc ON doc.id = found.rowid WHERE found MATCH 'world'")
          .all();
        expect(results).toEqual([{ id: 1, text: "hello world" }]);
      },
    },
    {
      behaviour: "lists the words of an FTS5 table with fts5vocab",
      async run(db) {
        await db.exec("CREATE VIRTUAL TABLE f USING fts5(t)\nINSERT INTO f VALUES ('a b a')");
        await db.exec("CREATE VIRTUAL TABLE words USING fts5vocab(f, row)");
        expect(await db.prepare("SELECT term, cnt FROM words").raw()).toEqual([
          ["a", 2],
          ["b", 1],
        ]);
      },
    },
    {
      behaviour: "tells of a query that cannot be understood",
      async run(db) {
        await notes(db);
        await expectD1Error(titles(db, '"'), "unterminated string: SQLITE_ERROR");
        await expectD1Error(titles(db, "nowhere : x"), "no such column: nowhere: SQLITE_ERROR");
      },
    },
    {
      behaviour: "drops an FTS5 table with all that belongs to it",
      async run(db) {
        await notes(db);
        await db.prepare("DROP TABLE note").run();
        const left = db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name LIKE 'note%'");
        expect(await left.first("n")).toBe(0);
      },
    },
  ],
} satisfies Concept;
