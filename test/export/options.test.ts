import { describe, expect, it } from "vitest";
import { hostileNames } from "../hostile/hostile-names.ts";
import { contentOf, RemoteDatabase } from "../support/transfers.ts";

async function library(): Promise<RemoteDatabase> {
  const database = new RemoteDatabase();
  await database.imported(`
    CREATE TABLE author (id INTEGER PRIMARY KEY AUTOINCREMENT, name);
    CREATE TABLE "Odd; Name" (a);
    CREATE INDEX author_name ON author (name);
    CREATE INDEX odd ON "Odd; Name" (a);
    CREATE VIEW names AS SELECT name FROM author;
    CREATE TRIGGER author_added AFTER INSERT ON author BEGIN SELECT 1; END;
    CREATE TRIGGER name_added INSTEAD OF INSERT ON names BEGIN INSERT INTO author (name) VALUES (new.name); END;
    CREATE VIRTUAL TABLE author_text USING fts5 (name, content = 'author', content_rowid = 'id');
    CREATE VIRTUAL TABLE notes USING fts5 (note);
    INSERT INTO author VALUES (7, 'Ursula');
    INSERT INTO "Odd; Name" VALUES (1);
    INSERT INTO notes VALUES ('quiet');
    INSERT INTO author_text (author_text) VALUES ('rebuild');
  `);
  return database;
}

const kinds = (dump: string) =>
  [...new Set(dump.match(/^(CREATE \w+|INSERT INTO|DELETE FROM|PRAGMA|--)/gm))].sort();

describe("an export", () => {
  it("of the schema only has no rows, and that of the rows only no schema", async () => {
    const database = await library();
    const schema = await database.export({ noData: true });
    const rows = await database.export({ noSchema: true });
    expect(kinds(schema)).toEqual([
      "CREATE INDEX",
      "CREATE TABLE",
      "CREATE TRIGGER",
      "CREATE VIEW",
      "CREATE VIRTUAL",
      "PRAGMA",
    ]);
    expect(schema).not.toMatch(/Ursula|quiet/);
    expect(kinds(rows)).toEqual(["DELETE FROM", "INSERT INTO", "PRAGMA"]);
  });

  it("of the one makes with that of the other an equal database", async () => {
    const database = await library();
    const copy = new RemoteDatabase();
    await copy.imported(await database.export({ noData: true }));
    await copy.imported(await database.export({ noSchema: true }));
    expect(await copy.inside(contentOf)).toEqual(await database.inside(contentOf));
    expect(await copy.rows("SELECT rowid FROM author_text WHERE author_text MATCH 'ursula'")).toEqual([[7]]);
  });

  it("of some tables has them with what belongs to them, whatever the case of their names", async () => {
    const database = await library();
    const dump = await database.export({ tables: ["AUTHOR"] });
    expect(dump.match(/^(CREATE|INSERT|DELETE) .*$/gm)).toEqual([
      "CREATE TABLE author (id INTEGER PRIMARY KEY AUTOINCREMENT, name);",
      'INSERT INTO "author" ("id","name") VALUES',
      "CREATE INDEX author_name ON author (name);",
      "CREATE TRIGGER author_added AFTER INSERT ON author BEGIN SELECT 1; END;",
      "DELETE FROM sqlite_sequence WHERE name = 'author';",
      "INSERT INTO sqlite_sequence (name, seq) VALUES('author', 7);",
    ]);
    const odd = await database.export({ tables: ["odd; name", "NOTES"], noData: true });
    expect(odd.match(/^CREATE \w+ (TABLE )?\S+/gm)).toEqual([
      'CREATE TABLE "Odd;',
      "CREATE VIRTUAL TABLE notes",
      "CREATE INDEX odd",
    ]);
    const rows = await database.export({ tables: ["notes"], noSchema: true });
    expect(rows.match(/^\w+ .*$/gm)).toEqual([
      "PRAGMA defer_foreign_keys=TRUE;",
      'INSERT INTO "notes" (rowid,"note") VALUES',
    ]);
  });

  it("of a view has it with its triggers", async () => {
    const dump = await (await library()).export({ tables: ["names"] });
    expect(dump.match(/^CREATE \w+ \S+/gm)).toEqual(["CREATE VIEW names", "CREATE TRIGGER name_added"]);
  });

  it("of no tables in particular has all of them", async () => {
    const database = await library();
    expect(await database.export({ tables: [] })).toBe(await database.export());
  });

  it.each([
    ["a table that does not exist", "missing"],
    ["a part of a full-text index", "notes_data"],
    ["a table of SQLite", "sqlite_sequence"],
    ["the schema itself", "sqlite_schema"],
    ["a table of the runtime", "_cf_KV"],
    ["an index", "author_name"],
    ["a name in quotes", '"author"'],
    ["a name with blanks", " author "],
    ["a pattern", "auth%"],
    ["no name", ""],
    ["the name of a property", "__proto__"],
  ])("of %s fails, and lists what there is", async (_what, name) => {
    const database = await library();
    const status = await database.ended("Export", await database.startExport({ tables: ["author", name] }));
    expect(status).toMatchObject({
      status: "error",
      error: `No such table: ${name}. There are: author, Odd; Name, author_text, notes, names.`,
    });
  });

  it("of a table with a hostile name has that table only", async () => {
    const database = new RemoteDatabase();
    const names = hostileNames.filter((name) => name.length < 100);
    await database.inside((sql) => {
      for (const name of names)
        sql.exec(
          `CREATE TABLE "${name.replaceAll('"', '""')}" (a); INSERT INTO "${name.replaceAll('"', '""')}" VALUES (1)`,
        );
    });
    for (const name of names.filter((_name, index) => index % 5 === 0)) {
      const copy = new RemoteDatabase();
      await copy.imported(await database.export({ tables: [name] }));
      const found = await copy.rows(
        "SELECT name FROM sqlite_schema WHERE name NOT GLOB '_cf_*' AND name NOT GLOB '__mini*'",
      );
      expect(found).toEqual([[name]]);
    }
  });
});

describe("the polls of an export", () => {
  it("tell its end as often as asked, and each message once", async () => {
    const database = await library();
    const status = await database.ended("Export", await database.startExport());
    expect(status).toMatchObject({
      status: "complete",
      messages: [expect.stringMatching(/^Exported \d+ bytes$/)],
    });
    expect(await database.pollExport(status.id)).toEqual({ ...status, messages: [] });
  });

  it.each(["", "unknown", crypto.randomUUID()])("are refused for what nobody started: %s", async (id) => {
    await expect(new RemoteDatabase().pollExport(id)).rejects.toMatchObject({ code: "UNKNOWN_TRANSFER" });
  });

  it("know nothing of an export of before the object's end, nor of another database's, nor of an import", async () => {
    const database = await library();
    const { id } = await database.ended("Export", await database.startExport());
    await expect((await library()).pollExport(id)).rejects.toMatchObject({ code: "UNKNOWN_TRANSFER" });
    await expect(database.pollImport(id)).rejects.toMatchObject({ code: "UNKNOWN_TRANSFER" });
    await database.crash();
    await expect(database.pollExport(id)).rejects.toMatchObject({ code: "UNKNOWN_TRANSFER" });
  });
});
