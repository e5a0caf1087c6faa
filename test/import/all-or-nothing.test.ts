import { describe, expect, it } from "vitest";
import { RemoteDatabase } from "../support/transfers.ts";

/** A database with something of everything that an import may change. */
async function library(): Promise<RemoteDatabase> {
  const database = new RemoteDatabase();
  await database.imported(`
    CREATE TABLE author (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL);
    CREATE TABLE book (author REFERENCES author, title TEXT CHECK (title <> 'bad'));
    CREATE TABLE later (author REFERENCES author DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE log (entry);
    CREATE TABLE spare (x);
    CREATE INDEX book_title ON book (title);
    CREATE VIRTUAL TABLE review USING fts5 (body);
    CREATE TRIGGER no_anonymous BEFORE INSERT ON author WHEN new.name = 'anonymous'
      BEGIN INSERT INTO log VALUES ('tried'); SELECT raise(ABORT, 'a name is needed'); END;
    CREATE TRIGGER half BEFORE INSERT ON author WHEN new.name = 'half'
      BEGIN INSERT INTO log VALUES ('half'); SELECT raise(FAIL, 'stopped half-way'); END;
    INSERT INTO author (name) VALUES ('Ursula'), ('Alfred');
    INSERT INTO book VALUES (1, 'The Telling');
    INSERT INTO review VALUES ('a quiet book');
  `);
  return database;
}

/** What comes before the failure: rows, full-text rows, sequences, tables, changes of tables. */
const good = `INSERT INTO author (name) VALUES ('Octavia');
INSERT INTO author (name) VALUES ('Stanislaw');
DELETE FROM book;
CREATE TABLE added (id INTEGER PRIMARY KEY AUTOINCREMENT, x);
INSERT INTO added (x) VALUES (1), (2);
ALTER TABLE book ADD COLUMN year;
DROP INDEX book_title;
INSERT INTO review VALUES ('a loud one');
CREATE VIRTUAL TABLE added_text USING fts5 (body);
INSERT INTO added_text VALUES ('new');
UPDATE sqlite_sequence SET seq = 100;
DROP TABLE spare;
`;

const goodLines = good.split("\n").length;

describe("an import that fails", () => {
  it.each([
    ["a missing table", "INSERT INTO missing VALUES (1)", "no such table: missing"],
    ["a syntax error", "INSERT INTO author VALUES (1, 'a'", "incomplete input"],
    [
      "a unique column",
      "INSERT INTO author (name) VALUES ('Ursula')",
      "UNIQUE constraint failed: author.name",
    ],
    [
      "a column that must not be empty",
      "INSERT INTO author (name) VALUES (NULL)",
      "NOT NULL constraint failed",
    ],
    ["a check", "INSERT INTO book (title) VALUES ('bad')", "CHECK constraint failed"],
    ["a foreign key", "INSERT INTO book (author) VALUES (99)", "FOREIGN KEY constraint failed"],
    ["a table that exists", "CREATE TABLE author (id)", "table author already exists"],
    ["a function that fails", "SELECT abs(-9223372036854775808)", "integer overflow"],
  ])(
    "at the last statement, for %s, leaves nothing, and names the statement and its line",
    async (_what, statement, reason) => {
      const database = await library();
      const error = await database.refused(`${good}${statement};\n`);
      expect(error).toMatch(`Error in line ${goodLines}: ${statement}: `);
      expect(error).toContain(reason);
    },
  );

  it.each([
    ["raise(ABORT)", "INSERT INTO author (name) VALUES ('anonymous')", "a name is needed"],
    ["raise(FAIL) after it has written", "INSERT INTO author (name) VALUES ('half')", "stopped half-way"],
  ])("in a trigger, by %s, leaves nothing", async (_how, statement, reason) => {
    const database = await library();
    const error = await database.refused(`${good}${statement};`);
    expect(error).toContain(`Error in line ${goodLines}: ${statement}: ${reason}`);
  });

  it("at the first statement leaves nothing", async () => {
    const database = await library();
    expect(await database.refused(`\n\n  CREATE TABLE author (x);\n${good}`)).toContain(
      "Error in line 3: CREATE",
    );
  });

  it("in the middle leaves nothing, and runs nothing of what follows", async () => {
    const database = await library();
    const error = await database.refused(`${good}\n/* here: */ SELECT missing;\n${good}`);
    expect(error).toContain(`Error in line ${goodLines + 1}: SELECT missing: no such column: missing`);
  });

  it("in a group of plain INSERTs names the one that failed", async () => {
    const database = await library();
    const inserts = Array.from(
      { length: 500 },
      (_, n) => `INSERT INTO author (name) VALUES ('author ${n}');\n`,
    );
    inserts[321] = "INSERT INTO author (name)\n VALUES ('Ursula');\n";
    const error = await database.refused(inserts.join(""));
    expect(error).toMatch(/Error in line 322: INSERT INTO author \(name\)\n VALUES \('Ursula'\): UNIQUE/);
  });

  it("at a foreign key that is only checked at the end leaves nothing", async () => {
    const database = await library();
    const deferred = `${good}INSERT INTO later VALUES (98);`;
    expect(await database.refused(deferred)).toContain("FOREIGN KEY constraint failed");
    const asked = `PRAGMA defer_foreign_keys = ON; ${good}INSERT INTO book (author) VALUES (99);`;
    expect(await database.refused(asked)).toContain("FOREIGN KEY constraint failed");
  });

  it("at the check of all foreign keys leaves nothing, and names the table", async () => {
    const database = await library();
    const error = await database.refused(
      `PRAGMA foreign_keys=OFF;\n${good}INSERT INTO book (author) VALUES (99);`,
    );
    expect(error).toMatch(/FOREIGN KEY constraint failed.*"book".*"author"/);
    expect(await database.rows("PRAGMA foreign_keys")).toEqual([[1]]);
  });

  it("leaves the database as usable as before: sequences, triggers, full text, the file without its fault", async () => {
    const database = await library();
    await database.refused(`${good}SELECT missing;`);
    await database.rows("INSERT INTO author (name) VALUES ('Octavia'); INSERT INTO review VALUES ('loud')");
    expect(await database.rows("SELECT id FROM author WHERE name = 'Octavia'")).toEqual([[3]]);
    expect(await database.rows("SELECT rowid FROM review WHERE review MATCH 'loud'")).toEqual([[2]]);
    await database.rows("DELETE FROM author WHERE id = 3");
    expect(await database.imported(good)).toMatchObject({ numQueries: goodLines - 1 });
    expect(await database.rows("SELECT id FROM author ORDER BY id")).toEqual([[1], [2], [4], [5]]);
    expect(await database.rows("INSERT INTO review (review) VALUES ('integrity-check')")).toEqual([]);
  });

  it("shortens a long statement in its error", async () => {
    const error = await (await library()).refused(`SELECT '${"x".repeat(50_000)}' FROM missing;`);
    expect(error.length).toBeLessThan(2_000);
    expect(error).toContain("no such table: missing");
  });
});

describe("an import that succeeds", () => {
  it("tells what it did", async () => {
    const database = await library();
    const result = await database.imported(good);
    expect(result).toMatchObject({
      numQueries: goodLines - 1,
      durationMs: expect.any(Number),
      rowsRead: expect.any(Number),
    });
    expect(result.rowsWritten).toBeGreaterThanOrEqual(7);
    expect(result.sizeAfter).toBe((await database.stub.info()).fileSize);
    const { results } = await database.stub.script("SELECT 1");
    expect(results.bookmark).toBe(result.finalBookmark);
  });
});
