import { describe, expect, it } from "vitest";
import { RemoteDatabase } from "../support/transfers.ts";

/** What the sqlite3 command line's .dump writes. */
const dumpOfSqlite3 = (rows: string) => `PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE child (id INTEGER PRIMARY KEY AUTOINCREMENT, parent REFERENCES parent);
${rows}
CREATE TABLE parent (id INTEGER PRIMARY KEY);
INSERT INTO parent VALUES(1);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('child',7);
COMMIT;
`;

const database = () => new RemoteDatabase();

describe("a dump of the sqlite3 command line", () => {
  it("is imported, rows before those that they refer to", async () => {
    const target = database();
    await target.imported(dumpOfSqlite3("INSERT INTO child VALUES(1,1);"));
    expect(await target.rows("SELECT parent FROM child")).toEqual([[1]]);
    expect(await target.rows("INSERT INTO child (parent) VALUES (1) RETURNING id")).toEqual([[8]]);
    await expect(target.rows("INSERT INTO child (parent) VALUES (99)")).rejects.toThrow("FOREIGN KEY");
  });

  it("is refused when it refers to nothing, and foreign keys are enforced again", async () => {
    const target = database();
    const error = await target.refused(
      dumpOfSqlite3("INSERT INTO child VALUES(1,1);\nINSERT INTO child VALUES(2,99);"),
    );
    expect(error).toMatch(/FOREIGN KEY constraint failed.*row with rowid 2 of "child".*"parent"/);
    expect(await target.rows("PRAGMA foreign_keys")).toEqual([[1]]);
  });

  it("deletes no children with their parents when it rebuilds a table", async () => {
    const target = database();
    await target.imported(
      "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p ON DELETE CASCADE); INSERT INTO p VALUES(1); INSERT INTO c VALUES(1);",
    );
    await target.imported(
      "PRAGMA foreign_keys=OFF;\nCREATE TABLE new_p (id INTEGER PRIMARY KEY, x); INSERT INTO new_p SELECT id, 2 FROM p; DROP TABLE p; ALTER TABLE new_p RENAME TO p;",
    );
    expect(await target.rows("SELECT p.x FROM c JOIN p ON p.id = c.p")).toEqual([[2]]);
  });
});

describe("PRAGMA in a file", () => {
  it.each([
    [
      "comments and other PRAGMAs",
      "-- hello\nPRAGMA defer_foreign_keys=ON; /* a */ PRAGMA foreign_keys = 'off';",
    ],
    ["a BEGIN", "BEGIN; PRAGMA main.foreign_keys(0);"],
    ["a byte order mark", "\ufeffPRAGMA foreign_keys=no;"],
  ])("foreign_keys=OFF counts behind %s", async (_what, head) => {
    const target = database();
    await target.imported(
      `${head} CREATE TABLE c (p REFERENCES p); INSERT INTO c VALUES(1); CREATE TABLE p (id PRIMARY KEY); INSERT INTO p VALUES(1);`,
    );
    expect(await target.rows("SELECT * FROM c")).toEqual([[1]]);
  });

  it("foreign_keys=OFF is refused behind another statement: SQLite would ignore it", async () => {
    const error = await database().refused("CREATE TABLE t (x);\nPRAGMA foreign_keys=OFF;");
    expect(error).toMatch(
      /^D1_EXEC_ERROR: Error in line 2: PRAGMA foreign_keys=OFF: .*must stand before all other statements/,
    );
  });

  it("foreign_keys=ON is taken anywhere", async () => {
    const target = database();
    expect(
      await target.refused(
        "PRAGMA foreign_keys=ON; CREATE TABLE c (p REFERENCES p); CREATE TABLE p (id PRIMARY KEY);\nINSERT INTO c VALUES(1);",
      ),
    ).toContain("Error in line 2: INSERT INTO c VALUES(1): FOREIGN KEY constraint failed");
  });

  it("defer_foreign_keys puts the check off to the end, anywhere in the file, for this file only", async () => {
    const target = database();
    const schema = "CREATE TABLE c (p REFERENCES p); CREATE TABLE p (id PRIMARY KEY);";
    await target.imported(
      `${schema} PRAGMA defer_foreign_keys=TRUE; INSERT INTO c VALUES(1); INSERT INTO p VALUES(1);`,
    );
    expect(await target.rows("PRAGMA defer_foreign_keys")).toEqual([[0]]);
    expect(await target.refused("INSERT INTO c VALUES(2); INSERT INTO p VALUES(2);")).toContain(
      "FOREIGN KEY",
    );
    expect(
      await target.refused("PRAGMA defer_foreign_keys=1; INSERT INTO c VALUES(2); SELECT missing;"),
    ).toContain("missing");
    expect(await target.rows("PRAGMA defer_foreign_keys")).toEqual([[0]]);
  });

  it.each([
    "writable_schema=ON",
    "journal_mode=DELETE",
    "user_version=3",
    "recursive_triggers=ON",
    "encoding='UTF-16'",
  ])("%s is refused", async (pragma) => {
    const error = await database().refused(`CREATE TABLE t (x);\nPRAGMA ${pragma};`);
    expect(error).toContain(`Error in line 2: PRAGMA ${pragma}: not authorized`);
  });
});

describe("a transaction in a file", () => {
  it.each([
    ["BEGIN; ", "; COMMIT;"],
    ["BEGIN IMMEDIATE TRANSACTION;\n", ";\nEND TRANSACTION;"],
    ["begin exclusive;", ";end"],
    ["BEGIN;", ""],
    ["", "; COMMIT"],
  ])("is that of the import: %j ... %j", async (begin, commit) => {
    const target = database();
    await target.imported(`${begin}CREATE TABLE t (x); INSERT INTO t VALUES(1)${commit}`);
    expect(await target.rows("SELECT * FROM t")).toEqual([[1]]);
  });

  it("that is committed is undone with the rest when a later one fails", async () => {
    expect(
      await database().refused("BEGIN; CREATE TABLE t (x); COMMIT;\nBEGIN; SELECT missing; COMMIT;"),
    ).toContain("Error in line 2");
  });

  it.each(["ROLLBACK", "ROLLBACK TO a", "SAVEPOINT a", "RELEASE a", "BEGIN nonsense", "COMMIT AND CHAIN"])(
    "%s is refused",
    async (statement) => {
      const error = await database().refused(`CREATE TABLE t (x);\n${statement};`);
      expect(error).toContain(`Error in line 2: ${statement}: An import is one transaction`);
    },
  );
});
