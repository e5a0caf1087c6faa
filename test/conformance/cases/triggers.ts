import { expect } from "vitest";
import type { Concept } from "../conformance-case.ts";
import { expectD1Error } from "../failures.ts";

const rows = (db: D1Database, sql: string) => db.prepare(sql).raw();
const run = (db: D1Database, sql: string) => db.prepare(sql).run();

const notToday = "not today: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_TRIGGER)";

export default {
  title: "Triggers",
  cases: [
    {
      behaviour: "runs triggers before and after each change of a row",
      async run(db) {
        await run(db, "CREATE TABLE item (n INT)");
        await run(db, "CREATE TABLE log (what TEXT, before INT, after INT)");
        await run(
          db,
          "CREATE TRIGGER i AFTER INSERT ON item BEGIN INSERT INTO log VALUES ('insert', NULL, new.n); END",
        );
        await run(
          db,
          "CREATE TRIGGER u BEFORE UPDATE OF n ON item WHEN new.n > old.n BEGIN INSERT INTO log VALUES ('update', old.n, new.n); END",
        );
        await run(
          db,
          "CREATE TRIGGER d AFTER DELETE ON item BEGIN INSERT INTO log VALUES ('delete', old.n, NULL); END",
        );
        await run(db, "INSERT INTO item VALUES (1), (5)");
        await run(db, "UPDATE item SET n = 3");
        await run(db, "DELETE FROM item WHERE rowid = 1");
        expect(await rows(db, "SELECT * FROM log")).toEqual([
          ["insert", null, 1],
          ["insert", null, 5],
          ["update", 1, 3],
          ["delete", 3, null],
        ]);
      },
    },
    {
      behaviour: "writes to a view with INSTEAD OF",
      async run(db) {
        await db.exec("CREATE TABLE item (x)\nCREATE VIEW v AS SELECT x FROM item");
        await run(
          db,
          "CREATE TRIGGER t INSTEAD OF INSERT ON v BEGIN INSERT INTO item VALUES (new.x * 10); END",
        );
        await run(db, "INSERT INTO v VALUES (3)");
        expect(await rows(db, "SELECT x FROM item")).toEqual([[30]]);
      },
    },
    {
      behaviour: "does not run a trigger by what the same trigger does",
      async run(db) {
        await run(db, "CREATE TABLE item (x)");
        await run(
          db,
          "CREATE TRIGGER t AFTER INSERT ON item WHEN new.x < 3 BEGIN INSERT INTO item VALUES (new.x + 1); END",
        );
        await run(db, "INSERT INTO item VALUES (1)");
        expect(await rows(db, "SELECT x FROM item")).toEqual([[1], [2]]);
      },
    },
    {
      behaviour: "fails with the words of RAISE(ABORT), and undoes the statement",
      async run(db) {
        await run(db, "CREATE TABLE item (x)");
        await run(
          db,
          "CREATE TRIGGER t BEFORE INSERT ON item WHEN new.x = 2 BEGIN SELECT RAISE(ABORT, 'not today'); END",
        );
        await expectD1Error(run(db, "INSERT INTO item VALUES (1), (2), (3)"), notToday);
        expect(await rows(db, "SELECT x FROM item")).toEqual([]);
      },
    },
    {
      behaviour: "undoes the whole statement with RAISE(FAIL) too",
      async run(db) {
        await run(db, "CREATE TABLE item (x)");
        await run(
          db,
          "CREATE TRIGGER t AFTER INSERT ON item WHEN new.x = 2 BEGIN SELECT RAISE(FAIL, 'not today'); END",
        );
        await expectD1Error(run(db, "INSERT INTO item VALUES (1), (2), (3)"), notToday);
        expect(await rows(db, "SELECT x FROM item")).toEqual([]);
      },
    },
    {
      behaviour: "skips a row with RAISE(IGNORE)",
      async run(db) {
        await run(db, "CREATE TABLE item (x)");
        await run(
          db,
          "CREATE TRIGGER t BEFORE INSERT ON item WHEN new.x = 2 BEGIN SELECT RAISE(IGNORE); END",
        );
        expect((await run(db, "INSERT INTO item VALUES (1), (2), (3)")).meta.changes).toBe(2);
        expect(await rows(db, "SELECT x FROM item")).toEqual([[1], [3]]);
      },
    },
    {
      behaviour: "leaves last_row_id to the statement, not to its triggers",
      async run(db) {
        await run(db, "CREATE TABLE item (id INTEGER PRIMARY KEY, n INT)");
        await run(db, "CREATE TABLE log (id INTEGER PRIMARY KEY, n INT)");
        await run(db, "INSERT INTO log VALUES (500, 0)");
        await run(db, "CREATE TRIGGER t AFTER INSERT ON item BEGIN INSERT INTO log (n) VALUES (new.n); END");
        const { meta } = await run(db, "INSERT INTO item (n) VALUES (7)");
        expect(meta).toMatchObject({ last_row_id: 1, changes: 2 });
      },
    },
    {
      behaviour: "drops triggers, alone and with their table",
      async run(db) {
        await run(db, "CREATE TABLE item (x)");
        for (const name of ["a", "b"]) {
          await run(db, `CREATE TRIGGER ${name} AFTER INSERT ON item BEGIN SELECT 1; END`);
        }
        const names = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
        await run(db, "DROP TRIGGER a");
        expect(await rows(db, names)).toEqual([["b"]]);
        await run(db, "DROP TABLE item");
        expect(await rows(db, names)).toEqual([]);
      },
    },
  ],
} satisfies Concept;
