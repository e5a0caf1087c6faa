import { describe, expect, it } from "vitest";
import { importInWindows } from "../support/import-run.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";
import { stateOf } from "../support/transfers.ts";

const file = `-- héllo;
CREATE TABLE "täble" (id INTEGER PRIMARY KEY AUTOINCREMENT, a, b);
INSERT INTO "täble" VALUES(1,'it''s; é€😀',X'00ff');INSERT INTO "täble" VALUES(2,'--','/*');
INSERT INTO "täble"
VALUES(3,NULL,-1.5),
(4,'line
break',9007199254740993);
CREATE TRIGGER x AFTER INSERT ON "täble" BEGIN UPDATE "täble" SET b = ';' WHERE id = new.id; SELECT 1; END;
INSERT INTO "täble"(a) VALUES('after the trigger');
INSERT INTO "täble"(a) VALUES('again');
/* the last one has no semicolon */ INSERT INTO "täble"(a) VALUES('last')`;
const bytes = new TextEncoder().encode(file);

async function emptied(database: TestDatabase): Promise<void> {
  await database.db().exec('DROP TABLE IF EXISTS "täble"; DELETE FROM sqlite_sequence');
}

describe("a file that is read piece by piece", () => {
  it(
    "does the same in pieces of every size",
    inDatabase(async (database) => {
      expect(await importInWindows(database, file, bytes.length)).toBe(8);
      const expected = stateOf(database.state.storage.sql);
      expect(expected.täble).toHaveLength(7);
      for (let size = 1; size < bytes.length; size += size < 60 ? 1 : 37) {
        await emptied(database);
        expect(await importInWindows(database, file, size), `${size}`).toBe(8);
        expect(stateOf(database.state.storage.sql), `${size}`).toEqual(expected);
      }
    }),
  );

  it(
    "fails in pieces of every size with the same words, and leaves nothing",
    inDatabase(async (database) => {
      const failing = `${file};\n\nINSERT INTO "täble"(a, id)\nVALUES('é', 1);\nSELECT 1;`;
      await database.db().exec("CREATE TABLE kept (x)");
      const before = stateOf(database.state.storage.sql);
      for (let size = 1; size < bytes.length; size += size < 20 ? 1 : 53) {
        await expect(importInWindows(database, failing, size), `${size}`).rejects.toThrow(
          `Error in line 13: INSERT INTO "täble"(a, id)\nVALUES('é', 1): UNIQUE constraint failed: täble.id`,
        );
        expect(stateOf(database.state.storage.sql), `${size}`).toEqual(before);
      }
    }),
  );

  it(
    "counts lines across pieces, whatever the statements contain",
    inDatabase(async (database) => {
      const lines = Array.from({ length: 300 }, (_, n) =>
        n % 3 === 0 ? "SELECT '\n';" : "-- ;\n\nSELECT 1;\r",
      ).join("\n");
      const line = lines.split("\n").length + 2;
      for (const size of [1, 7, 100, 1_000_000]) {
        await expect(importInWindows(database, `${lines}\n\n  SELECT missing;`, size)).rejects.toThrow(
          `Error in line ${line}: SELECT missing`,
        );
      }
    }),
  );

  it(
    "full-text rows that failed in a later piece leave the object usable",
    inDatabase(async (database) => {
      const { runner } = database.engine;
      const text =
        "CREATE VIRTUAL TABLE x USING fts5 (a); INSERT INTO x VALUES('one'); INSERT INTO x VALUES('two'); INSERT INTO x VALUES('two', 'three');";
      await expect(importInWindows(database, text, 60)).rejects.toThrow("Error in line 1");
      await database.db().exec("CREATE VIRTUAL TABLE x USING fts5 (a); INSERT INTO x VALUES ('one')");
      expect(await database.column("SELECT rowid FROM x WHERE x MATCH 'one'")).toEqual([1]);
      // As in the second part of a file that is imported in parts: a new transaction, heads that are known.
      await expect(
        importInWindows(database, text.slice(39), 60, () => runner.connection.physicalStarted()),
      ).rejects.toThrow();
      expect(await database.column("SELECT a FROM x ORDER BY rowid")).toEqual(["one"]);
    }),
  );
});
