import { describe, expect, it } from "vitest";
import { inDatabase } from "../support/in-database.ts";
import { expectNothingDone, itEveryWayIn } from "./ways-in.ts";

const create = "CREATE VIRTUAL TABLE doc USING fts5(body);";
const brokenRows = `SELECT json(value) FROM json_each('["1","{"]')`;
const mirrored = `CREATE TABLE note (body); CREATE TRIGGER mirrors AFTER INSERT ON note
  BEGIN INSERT INTO doc VALUES (new.body); END;`;

/**
 * A full-text table keeps its changes in memory and writes them to tables of its own when a savepoint is set or
 * released. Where a rollback has taken those tables away by then, the runtime resets the object.
 */
const scripts: [what: string, script: string, failure: string][] = [
  [
    "is made and filled",
    `${create} INSERT INTO doc VALUES ('x'); SELECT * FROM missing`,
    "no such table: missing",
  ],
  [
    "is made and filled by the statement that fails",
    `${create} INSERT INTO doc ${brokenRows}`,
    "malformed JSON",
  ],
  [
    "is made, filled, and filled by the statement that fails",
    `${create} INSERT INTO doc VALUES ('x'); INSERT INTO doc ${brokenRows}`,
    "malformed JSON",
  ],
  [
    "is made, filled and changed",
    `${create} INSERT INTO doc VALUES ('{'); UPDATE doc SET body = json(body)`,
    "malformed JSON",
  ],
  [
    "is filled by a trigger of the statement that fails",
    `${create} ${mirrored} INSERT INTO note ${brokenRows}`,
    "malformed JSON",
  ],
  [
    "is filled by a trigger",
    `${create} ${mirrored} INSERT INTO note VALUES ('x'); SELECT * FROM missing`,
    "no such table: missing",
  ],
  [
    "gets a command that does not exist",
    `${create} INSERT INTO doc (doc) VALUES ('nonsense')`,
    "SQL logic error",
  ],
  [
    "gets a setting and is dropped",
    `${create} INSERT INTO doc (doc, rank) VALUES ('automerge', 8); DROP TABLE doc; SELECT * FROM missing`,
    "no such table: missing",
  ],
  [
    "is filled and dropped",
    `${create} INSERT INTO doc VALUES ('x'); DROP TABLE doc; SELECT * FROM missing`,
    "no such table: missing",
  ],
  [
    "is filled and renamed",
    `${create} INSERT INTO doc VALUES ('x'); ALTER TABLE doc RENAME TO other; SELECT * FROM missing`,
    "no such table: missing",
  ],
  [
    "is written to behind its back",
    `${create} INSERT INTO doc VALUES ('x'); INSERT INTO doc_data VALUES (1, 2)`,
    "table doc_data may not be modified",
  ],
  [
    "has no content to delete",
    `CREATE VIRTUAL TABLE doc USING fts5(body, content=''); INSERT INTO doc (rowid, body) VALUES (1, 'x'); DELETE FROM doc`,
    "cannot DELETE from contentless fts5 table",
  ],
  [
    "gets a rowid twice",
    `${create} INSERT INTO doc (rowid, body) VALUES (1, 'x'), (1, 'y')`,
    "constraint failed",
  ],
  [
    "is filled beside a violated key",
    `${create} CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (parent REFERENCES parent); INSERT INTO doc VALUES ('x'); INSERT INTO child VALUES (1)`,
    "FOREIGN KEY constraint failed",
  ],
];

describe("a full-text table that", () => {
  for (const [what, script, failure] of scripts) {
    itEveryWayIn(`${what} in a script that fails is as if it had never been`, (db) =>
      expectNothingDone(db, () => db.exec(script), failure),
    );

    it(`${what} in a script that fails is no part of the transaction that goes on`, () =>
      inDatabase(async (database) => {
        const db = database.db();
        await db.exec("CREATE TABLE item (n)");
        await db.transaction(
          async () => {
            await db.prepare("INSERT INTO item VALUES (1)").run();
            await expect(db.exec(script)).rejects.toThrow(failure);
            await db.prepare("INSERT INTO item VALUES (2)").run();
            await scheduler.wait(1);
          },
          { onError: "throw" },
        );
        expect(await database.column("SELECT n FROM item")).toEqual([1, 2]);
        expect(await database.column("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'doc%'")).toEqual([
          0,
        ]);
      })());
  }
});
