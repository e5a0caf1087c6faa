import { describe, expect, it } from "vitest";
import { inBareObject } from "../runtime-contract/bare-object.ts";
import { inDatabase } from "../support/in-database.ts";
import { expectNothingDone, itEveryWayIn } from "./ways-in.ts";

/**
 * Writes that fail after they have written. SQLite opens a statement journal only for a statement of which its
 * compiler knows that it may abort, by a constraint or a function. It does not know it of these.
 */
const cases: { what: string; setUp: string; write: string; failure: string }[] = [
  {
    what: "malformed JSON in a later row of json_each()",
    setUp: "CREATE TABLE t (a); CREATE TABLE s (a); INSERT INTO s VALUES ('[1,2]'), ('{')",
    write: "INSERT INTO t SELECT item.value FROM s, json_each(s.a) AS item",
    failure: "malformed JSON",
  },
  {
    what: "a broken full-text query in a later row",
    setUp: `CREATE TABLE t (a); CREATE TABLE s (a); INSERT INTO s VALUES ('x'), ('"');
      CREATE VIRTUAL TABLE doc USING fts5(body); INSERT INTO doc VALUES ('x')`,
    write: "INSERT INTO t SELECT s.a FROM s, doc WHERE doc MATCH s.a",
    failure: "unterminated string",
  },
  {
    what: "an integer overflow in a later group of sum()",
    setUp: `CREATE TABLE t (a); CREATE TABLE s (g, a);
      INSERT INTO s VALUES (1, 1), (2, 9223372036854775807), (2, 9223372036854775807)`,
    write: "INSERT INTO t SELECT sum(a) FROM s GROUP BY g",
    failure: "integer overflow",
  },
  {
    what: "an integer overflow in a later row of a window",
    setUp: "CREATE TABLE t (a); CREATE TABLE s (a); INSERT INTO s VALUES (1), (9223372036854775807)",
    write: "INSERT INTO t SELECT sum(a) OVER (ORDER BY rowid) FROM s",
    failure: "integer overflow",
  },
  {
    what: "a text that || makes too large in a later row of an UPDATE",
    setUp: "CREATE TABLE t (a); INSERT INTO t VALUES ('x'), (hex(zeroblob(700000)))",
    write: "UPDATE t SET a = a || a",
    failure: "SQLITE_TOOBIG",
  },
  {
    what: "a later row that is too large as a whole",
    setUp: "CREATE TABLE t (a, b); CREATE TABLE s (a); INSERT INTO s VALUES ('x'), (hex(zeroblob(700000)))",
    write: "INSERT INTO t SELECT a, a FROM s",
    failure: "SQLITE_TOOBIG",
  },
  {
    what: "an index entry of a generated column that is too large",
    setUp: `CREATE TABLE t (a, b AS (a || a)); CREATE INDEX by_b ON t (b);
      CREATE TABLE s (a); INSERT INTO s VALUES ('x'), (hex(zeroblob(700000)))`,
    write: "INSERT INTO t (a) SELECT a FROM s",
    failure: "SQLITE_TOOBIG",
  },
  {
    what: "an upsert of several rows that makes one too large",
    setUp: "CREATE TABLE t (a UNIQUE, b); INSERT INTO t VALUES (2, hex(zeroblob(700000)))",
    write: "INSERT INTO t VALUES (1, 'x'), (2, 'y') ON CONFLICT (a) DO UPDATE SET b = b || b",
    failure: "SQLITE_TOOBIG",
  },
  {
    what: "a trigger that makes a text too large, after the row that fired it",
    setUp: `CREATE TABLE t (a); CREATE TABLE log (a); INSERT INTO log VALUES (hex(zeroblob(700000)));
      CREATE TRIGGER logs AFTER INSERT ON t BEGIN UPDATE log SET a = a || a; END`,
    write: "INSERT INTO t VALUES (1)",
    failure: "SQLITE_TOOBIG",
  },
  {
    what: "more levels of triggers than SQLite takes",
    setUp: Array.from(
      { length: 12 },
      (_, level) => `CREATE TABLE t${level} (a); CREATE TRIGGER fires${level} AFTER INSERT ON t${level}
        BEGIN INSERT INTO t${(level + 1) % 12} VALUES (1); END;`,
    ).join("\n"),
    write: "INSERT INTO t0 VALUES (1)",
    failure: "too many levels of trigger recursion",
  },
  {
    what: "more levels of ON DELETE CASCADE than SQLite takes",
    setUp: `CREATE TABLE t (id INTEGER PRIMARY KEY, parent REFERENCES t ON DELETE CASCADE);
      INSERT INTO t SELECT value, nullif(value - 1, 0) FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13]')`,
    write: "DELETE FROM t WHERE id = 1",
    failure: "too many levels of trigger recursion",
  },
];

/** Every row of every table, straight from SQLite: what is there at this moment. */
function rowsOf(sql: SqlStorage): SqlStorageValue[][][] {
  const tables = sql.exec<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE%' AND name NOT GLOB '_*'",
  );
  return tables.toArray().map(({ name }) => [...sql.exec(`SELECT * FROM "${name}"`).raw()]);
}

describe("a write that fails after it has written", () => {
  for (const { what, setUp, write, failure } of cases) {
    itEveryWayIn(`leaves nothing behind: ${what}`, async (db) => {
      await db.exec(setUp);
      await expectNothingDone(db, () => db.prepare(write).run(), failure);
    });
  }

  it.each(cases)("leaves nothing of a batch and of a script around it: $what", ({ setUp, write, failure }) =>
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec(`${setUp}; CREATE TABLE other (a)`);
      const before = rowsOf(database.state.storage.sql);
      const other = db.prepare("INSERT INTO other VALUES (1)");
      await expect(db.batch([other, db.prepare(write), other])).rejects.toThrow(failure);
      await expect(db.exec(`INSERT INTO other VALUES (1); ${write}`)).rejects.toThrow(failure);
      expect(rowsOf(database.state.storage.sql)).toEqual(before);
    })(),
  );

  it.each(cases)("is no part of the transaction that goes on after it: $what", ({ setUp, write, failure }) =>
    inDatabase(async (database) => {
      const { sql } = database.state.storage;
      const db = database.db();
      await db.exec(`${setUp}; CREATE TABLE other (a)`);
      let inside: unknown;
      await db.transaction(
        async () => {
          await db.prepare("INSERT INTO other VALUES ('before')").run();
          await expect(db.prepare(write).run()).rejects.toThrow(failure);
          await db.prepare("INSERT INTO other VALUES ('after')").run();
          inside = rowsOf(sql);
          // What it has written is replayed after this, from the log.
          await scheduler.wait(1);
        },
        { onError: "throw" },
      );
      expect(rowsOf(sql)).toEqual(inside);
      expect(await database.column("SELECT a FROM other")).toEqual(["before", "after"]);
    })(),
  );
});

describe("the runtime alone", () => {
  it("keeps what such a statement has written before it failed: the reason for the tests above", () =>
    inBareObject(async ({ storage }) => {
      const left: string[] = [];
      for (const { what, setUp, write } of cases) {
        await storage.transaction(async (physical) => {
          storage.sql.exec(setUp).toArray();
          const before = JSON.stringify(rowsOf(storage.sql));
          expect(() => storage.sql.exec(write).toArray()).toThrow(Error);
          if (JSON.stringify(rowsOf(storage.sql)) !== before) left.push(what);
          physical.rollback();
        });
      }
      expect(left).toEqual(cases.map(({ what }) => what));
    }));
});
