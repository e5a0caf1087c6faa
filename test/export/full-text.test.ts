import { describe, expect, it } from "vitest";
import { roundTrip } from "../support/transfers.ts";

async function keeps(make: string) {
  const trip = await roundTrip(make);
  expect(trip.after).toEqual(trip.before);
  expect(trip.again).toBe(trip.text);
  const same = async (query: string) => {
    const [expected, found] = await Promise.all([trip.original.rows(query), trip.copy.rows(query)]);
    expect(found).toEqual(expected);
    expect(found.length).toBeGreaterThan(0);
  };
  return { ...trip, same };
}

/** FTS5 compares its index with the rows. */
const check = (table: string) => `INSERT INTO ${table} (${table}) VALUES ('integrity-check')`;

describe("an export of a full-text index", () => {
  it("with rows of its own keeps them, their rowids, its settings and what is found", async () => {
    const { copy, same, text } = await keeps(`
      CREATE VIRTUAL TABLE docs USING fts5 (title, body UNINDEXED, tokenize = "porter unicode61 remove_diacritics 2", prefix = '2 3', detail = column);
      INSERT INTO docs (rowid, title, body) VALUES (7, 'Running café', 'unseen'), (-3, 'it''s; "quoted"', NULL), (9007199254740993, 'run', 1.5);
      INSERT INTO docs (docs, rank) VALUES ('rank', 'bm25(10.0, 5.0)'), ('automerge', 8), ('pgsz', 1000), ('crisismerge', 20);
      DELETE FROM docs WHERE rowid = -3;`);
    await same(
      "SELECT CAST(rowid AS TEXT), title, body, rank FROM docs WHERE docs MATCH 'run*' ORDER BY rank, rowid",
    );
    await same("SELECT k, v FROM docs_config WHERE k <> 'version' ORDER BY k");
    await copy.rows(check("docs"));
    expect(text).not.toContain("docs_data");
  });

  it("of many rows keeps all of them, in their order", async () => {
    const { copy, same, before } = await keeps(`
      CREATE VIRTUAL TABLE docs USING fts5 (body);
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
        INSERT INTO docs (rowid, body) SELECT i * 3, CASE i % 50 WHEN 0 THEN 'nul ' || char(0) || ' x' ELSE 'word' || i || ' and' END FROM n;`);
    expect(before.docs).toHaveLength(3_000);
    await same("SELECT rowid FROM docs WHERE docs MATCH 'word1234 OR word77' ORDER BY rowid");
    await copy.rows(check("docs"));
  });

  it("of another table's rows is built from them again, and its triggers keep it so", async () => {
    const { copy, same } = await keeps(`
      CREATE TABLE post (id INTEGER PRIMARY KEY, title, body);
      CREATE VIRTUAL TABLE post_text USING fts5 (title, body, content = 'post', content_rowid = 'id');
      CREATE TRIGGER post_added AFTER INSERT ON post BEGIN INSERT INTO post_text (rowid, title, body) VALUES (new.id, new.title, new.body); END;
      CREATE TRIGGER post_removed AFTER DELETE ON post BEGIN INSERT INTO post_text (post_text, rowid, title, body) VALUES ('delete', old.id, old.title, old.body); END;
      INSERT INTO post VALUES (5, 'first', 'one word'), (9, 'second', 'two words');`);
    await same("SELECT rowid, title FROM post_text WHERE post_text MATCH 'two'");
    await copy.rows("INSERT INTO post VALUES (10, 'third', 'two again'); DELETE FROM post WHERE id = 9");
    expect(await copy.rows("SELECT rowid FROM post_text WHERE post_text MATCH 'two'")).toEqual([[10]]);
    await copy.rows(check("post_text"));
  });

  it("of the rows of a view is built after the view", async () => {
    const { same } = await keeps(`
      CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE VIEW v AS SELECT id, a || ' seen' AS a FROM t;
      CREATE VIRTUAL TABLE v_text USING fts5 (a, content = v, content_rowid = id);
      INSERT INTO t VALUES (3, 'x'); INSERT INTO v_text (v_text) VALUES ('rebuild');`);
    await same("SELECT rowid, a FROM v_text WHERE v_text MATCH 'seen'");
  });

  it("of a table that is called as if it were a part of the index keeps that table", async () => {
    const { same } = await keeps(`
      CREATE TABLE docs_content (id INTEGER PRIMARY KEY, body); INSERT INTO docs_content VALUES (1, 'hello');
      CREATE TABLE sized_docsize (a); INSERT INTO sized_docsize VALUES (1);
      CREATE TABLE plain_data (a); INSERT INTO plain_data VALUES (2);
      CREATE VIRTUAL TABLE docs USING fts5 (body, content = 'docs_content', content_rowid = 'id');
      CREATE VIRTUAL TABLE sized USING fts5 (body, columnsize = 0); INSERT INTO sized VALUES ('sized');
      INSERT INTO docs (docs) VALUES ('rebuild');`);
    await same("SELECT rowid, body FROM docs WHERE docs MATCH 'hello'");
    await same(
      "SELECT a FROM plain_data UNION SELECT a FROM sized_docsize UNION SELECT body FROM docs_content",
    );
  });

  it("without content says that it cannot be written, and keeps the index itself", async () => {
    const { copy, text } = await roundTrip(`
      CREATE VIRTUAL TABLE empty USING fts5 (a, content = '', contentless_delete = 1);
      INSERT INTO empty (rowid, a) VALUES (1, 'gone');`);
    expect(text).toMatch(/^-- The index "empty" keeps no rows/m);
    await copy.rows("INSERT INTO empty (rowid, a) VALUES (2, 'new')");
    expect(await copy.rows("SELECT rowid FROM empty WHERE empty MATCH 'new'")).toEqual([[2]]);
  });

  it("with its vocabulary, and with names of any kind", async () => {
    const { same } = await keeps(`
      CREATE VIRTUAL TABLE "odd ""; --" USING fts5 ("select", "it's; x", [b c]);
      CREATE VIRTUAL TABLE vocabulary USING fts5vocab ('odd "; --', 'row');
      CREATE VIRTUAL TABLE instances USING fts5vocab ('odd "; --', instance);
      INSERT INTO "odd ""; --" VALUES ('one two', 'two', 'three');
      INSERT INTO "odd ""; --" ("odd ""; --", rank) VALUES ('rank', 'bm25(1.0, 2.0)');`);
    await same("SELECT term, doc, cnt FROM vocabulary");
    await same("SELECT * FROM instances ORDER BY term, offset, col");
    await same(`SELECT rowid FROM "odd ""; --" WHERE "odd ""; --" MATCH 'three'`);
  });
});
