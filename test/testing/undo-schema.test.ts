import { describe, expect, it } from "vitest";
import { Isolated } from "./isolated.ts";

const library = `
  CREATE TABLE author (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
  CREATE TABLE book (id INTEGER PRIMARY KEY, author REFERENCES author ON DELETE CASCADE, title TEXT);
  CREATE INDEX by_title ON book (title);
  CREATE TABLE log (entry TEXT);
  CREATE TRIGGER noted AFTER INSERT ON book BEGIN INSERT INTO log VALUES (NEW.title); END;
  CREATE VIEW titles AS SELECT title FROM book;
  CREATE VIRTUAL TABLE found USING fts5(title, content='book', content_rowid='id');
  INSERT INTO author (name) VALUES ('Ada'), ('Bob');
  INSERT INTO book VALUES (7, 1, 'Engines'), (8, 2, 'Boats');
  INSERT INTO found (found) VALUES ('rebuild');
  DELETE FROM log WHERE rowid = 1`;

const cases: Record<string, string[]> = {
  "a table that is created, with its rows": ["CREATE TABLE t (a)", "INSERT INTO t VALUES (1)"],
  "a table that is created from a query": ["CREATE TABLE t AS SELECT * FROM book"],
  "an index, a view and a trigger that are created": [
    "CREATE INDEX i ON book (author)",
    "CREATE VIEW v AS SELECT * FROM author",
    "CREATE TRIGGER g AFTER DELETE ON author BEGIN DELETE FROM log; END",
    "DELETE FROM author WHERE id = 1",
  ],
  "a full-text index that is created": [
    "CREATE VIRTUAL TABLE f USING fts5(x)",
    "INSERT INTO f VALUES ('word')",
  ],
  "rows that were written before and after a CREATE": [
    "UPDATE book SET title = 'before' WHERE id = 7",
    "CREATE TABLE t (a)",
    "UPDATE book SET title = 'after' WHERE id = 8",
  ],
  "a table that is dropped": ["DROP TABLE log"],
  "a table that is dropped, with rows that cascade": ["DROP TABLE author"],
  "an index, a view and a trigger that are dropped": [
    "DROP INDEX by_title",
    "DROP VIEW titles",
    "DROP TRIGGER noted",
  ],
  "a full-text index that is dropped": ["DROP TABLE found"],
  "a column that is added": ["ALTER TABLE book ADD COLUMN year INT DEFAULT 2000", "UPDATE book SET year = 1"],
  "a column that is renamed": ["ALTER TABLE author RENAME COLUMN name TO full_name"],
  "a table that is renamed": ["ALTER TABLE log RENAME TO diary"],
  "a table that is rebuilt": [
    "UPDATE author SET name = 'before'",
    "CREATE TABLE new_author (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, born INT)",
    "INSERT INTO new_author (id, name) SELECT id, name FROM author",
    "PRAGMA defer_foreign_keys = ON; DROP TABLE author; ALTER TABLE new_author RENAME TO author",
    "INSERT INTO author (name) VALUES ('after')",
  ],
  "a table that is created and dropped": [
    "CREATE TABLE t (a)",
    "INSERT INTO t VALUES (1)",
    "DROP TABLE t",
    "CREATE TABLE u (a)",
  ],
  statistics: ["ANALYZE"],
};

describe("The end of a level undoes", () => {
  for (const [name, writes] of Object.entries(cases)) {
    it(name, async () => {
      const isolated = new Isolated();
      await isolated.db.exec(library);
      await isolated.leavesNothing(async () => {
        for (const sql of writes) await isolated.db.exec(sql);
      });
      expect(await isolated.rows("SELECT rowid FROM found WHERE found MATCH 'boats'")).toEqual([[8]]);
      await isolated.db.exec("INSERT INTO book (title) VALUES ('Trigger still fires')");
      expect(await isolated.rows("SELECT entry FROM log")).toContainEqual(["Trigger still fires"]);
    });
  }

  it("everything in a database that was empty", async () => {
    const isolated = new Isolated();
    await isolated.leavesNothing(async () => {
      await isolated.db.exec(library);
      await isolated.db.exec(
        "DROP TABLE log; ALTER TABLE book ADD COLUMN year INT; UPDATE book SET year = 1",
      );
    });
  });

  it("a schema change that was rolled back, and what came after", async () => {
    const isolated = new Isolated();
    await isolated.db.exec(library);
    await isolated.leavesNothing(async () => {
      const broken = ["CREATE TABLE t (a)", "DROP TRIGGER noted", "INSERT INTO nowhere VALUES (1)"];
      await expect(isolated.db.batch(broken.map((sql) => isolated.db.prepare(sql)))).rejects.toThrow(
        /no such table/,
      );
      await isolated.db.exec("INSERT INTO book (title) VALUES ('noted by the trigger')");
    });
  });
});

describe("A full-text index without rows of its own", () => {
  it("cannot be written to in a level, and says so", async () => {
    const isolated = new Isolated();
    await isolated.db.exec("CREATE VIRTUAL TABLE f USING fts5(x, content='')");
    const writing = isolated.level(async () => {
      await isolated.db.exec("INSERT INTO f (rowid, x) VALUES (1, 'word')");
    });
    await expect(writing).rejects.toThrow(/keeps no rows \(content=''\).*cannot be undone/);
    expect(await isolated.rows("SELECT count(*) FROM f WHERE f MATCH 'word'")).toEqual([[0]]);
  });
});
