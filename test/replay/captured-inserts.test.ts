import { describe, expect, it } from "vitest";
import { dumpOf } from "../support/dump.ts";
import { inDatabase } from "../support/in-database.ts";

const cases: { what: string; setUp: string; insert: string; params?: unknown[] }[] = [
  {
    what: "DEFAULT CURRENT_TIMESTAMP",
    setUp: "CREATE TABLE t (id INTEGER PRIMARY KEY, a, at TEXT DEFAULT CURRENT_TIMESTAMP)",
    insert: "INSERT INTO t (a) VALUES (1)",
  },
  {
    what: "a random key of 64 bits",
    setUp: "CREATE TABLE t (id INTEGER PRIMARY KEY DEFAULT (random()), r DEFAULT (random()), a)",
    insert: "INSERT INTO t (id, a) VALUES (random(), 1)",
  },
  {
    what: "a random text key",
    setUp: "CREATE TABLE t (id TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))), a)",
    insert: "INSERT INTO t (a) VALUES (1)",
  },
  {
    what: "random blobs, an empty one and an empty text beside them",
    setUp: "CREATE TABLE t (a DEFAULT (randomblob(8)), b, c, d)",
    insert: "INSERT INTO t (b, c, d) VALUES (x'', '', NULL)",
  },
  {
    what: "integers beyond 2^53, REAL values without a fraction, infinities",
    setUp: "CREATE TABLE t (a, b INTEGER, c REAL, d, e NUMERIC, f, r DEFAULT (random()))",
    insert: `INSERT INTO t (a, b, c, d, e, f)
      VALUES (9223372036854775807, -9223372036854775808, 5, 5.0, 9007199254740993, -9e999)`,
  },
  {
    what: "text with NUL, with bytes that are no UTF-8, and numbers as text",
    setUp: "CREATE TABLE t (a, b, c TEXT, d, r DEFAULT (random()))",
    insert: "INSERT INTO t (a, b, c, d) VALUES ('x' || char(0) || 'y', CAST(x'ff00fe' AS TEXT), ?1, ?2)",
    params: ["half \ud800 of a pair", "5"],
  },
  {
    what: "generated columns, stored and virtual",
    setUp: `CREATE TABLE t (a, twice AS (a * 2), r DEFAULT (random()), half AS (r / 2) STORED);
      CREATE UNIQUE INDEX by_twice ON t (twice)`,
    insert: "INSERT INTO t (a) VALUES (21)",
  },
  {
    what: "a STRICT table",
    setUp: "CREATE TABLE t (i INT, r REAL, s TEXT, b BLOB, x ANY, n INTEGER DEFAULT (random())) STRICT",
    insert: "INSERT INTO t (i, r, s, b, x) VALUES (1, 2, 'three', x'04', '5')",
  },
  {
    what: "quoted and weird names",
    setUp: `CREATE TABLE "a "" table; --" ("select", "x "" y", [b c], \`d\`, "é", r DEFAULT (random()))`,
    insert: `INSERT INTO "a "" table; --" ("select", "x "" y", [b c], d, "é") VALUES (1, 2, 3, 4, 5)`,
  },
  {
    what: "columns called rowid and oid",
    setUp: "CREATE TABLE t (rowid TEXT, OID, a DEFAULT (random()))",
    insert: "INSERT INTO t (rowid, oid) VALUES ('not a rowid', 'neither')",
  },
  {
    what: "a generated column called rowid",
    setUp: "CREATE TABLE t (a, rowid AS (a), r DEFAULT (random()))",
    insert: "INSERT INTO t (a) VALUES (7)",
  },
  {
    what: "a primary key called rowid",
    setUp: "CREATE TABLE t (rowid INTEGER PRIMARY KEY, a DEFAULT (random()))",
    insert: "INSERT INTO t DEFAULT VALUES",
  },
  {
    what: "AUTOINCREMENT",
    setUp: "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, at DEFAULT CURRENT_TIMESTAMP, a)",
    insert: "INSERT INTO t (a) VALUES (1)",
  },
  {
    what: "foreign keys, unique indices and CHECK constraints",
    setUp: `CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);
      CREATE TABLE t (p REFERENCES p, a UNIQUE, r INTEGER DEFAULT (abs(random())) CHECK (r >= 0))`,
    insert: "INSERT INTO t (p, a) VALUES (1, 2)",
  },
  {
    what: "INSERT ... SELECT of one row",
    setUp: "CREATE TABLE t (a, b); CREATE TABLE source (a); INSERT INTO source VALUES (1)",
    insert: "INSERT INTO t SELECT a, random() FROM source",
  },
  {
    what: "OR IGNORE, OR ABORT and ON CONFLICT DO NOTHING where nothing conflicts",
    setUp: "CREATE TABLE t (a UNIQUE, r DEFAULT (random()))",
    insert: "INSERT OR IGNORE INTO t (a) VALUES (1) ON CONFLICT DO NOTHING",
  },
];

describe.each([
  ["read back by RETURNING", " RETURNING *"],
  ["read back by a SELECT", ""],
])("a generated row that is %s and kept over an external call", (_how, returning) => {
  it.each(cases)(
    "is committed with the very same values, and delays no reader: $what",
    async ({ setUp, insert, params = [] }) => {
      await inDatabase(async (database) => {
        const { sql } = database.state.storage;
        const db = database.db();
        await db.exec(setUp);
        const empty = dumpOf(sql);
        let inside: unknown;
        await db.transaction(
          async () => {
            const { meta } = await db
              .prepare(insert + returning)
              .bind(...params)
              .run();
            expect(meta.changes).toBe(1);
            await db.prepare("SELECT 1").first();
            inside = dumpOf(sql);
            expect(inside).not.toEqual(empty);
            await scheduler.wait(1);
            // Nothing holds the database: whoever asks now gets the last committed state.
            expect(database.engine.physicalOpen).toBe(false);
            expect(dumpOf(sql)).toEqual(empty);
          },
          { onError: "throw" },
        );
        expect(dumpOf(sql)).toEqual(inside);
      })();
    },
  );
});

describe("a generated row that cannot be captured", () => {
  const pinned = [
    {
      what: "the table has a trigger",
      setUp: `CREATE TABLE t (a, r DEFAULT (random())); CREATE TABLE log (r);
        CREATE TRIGGER logged AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.r); END`,
      insert: "INSERT INTO t (a) VALUES (1)",
    },
    {
      what: "the table has no rowid",
      setUp: "CREATE TABLE t (a PRIMARY KEY, r DEFAULT (random())) WITHOUT ROWID",
      insert: "INSERT INTO t (a) VALUES (1)",
    },
    {
      what: "there are several rows",
      setUp: "CREATE TABLE t (a, r DEFAULT (random()))",
      insert: "INSERT INTO t (a) VALUES (1), (2)",
    },
    {
      what: "every name of the rowid is taken",
      setUp: "CREATE TABLE t (rowid, _rowid_, oid, r DEFAULT (random()))",
      insert: "INSERT INTO t (oid) VALUES (1)",
    },
    {
      what: "a column's name is no text that JavaScript could write",
      setUp: 'CREATE TABLE t ("half \ud800", r DEFAULT (random()))',
      insert: "INSERT INTO t (r) VALUES (random())",
    },
    {
      what: "its names are too long for the statement that would read it back",
      setUp: `CREATE TABLE t (${Array.from({ length: 8 }, (_, i) => `c${i}_${"x".repeat(900)}`)}, r DEFAULT (random()))`,
      insert: "INSERT INTO t (r) VALUES (random())",
    },
    {
      what: "it may replace another row",
      setUp: "CREATE TABLE t (a UNIQUE, r DEFAULT (random())); INSERT INTO t VALUES (1, 1)",
      insert: "REPLACE INTO t (a) VALUES (1)",
    },
  ];

  it.each(pinned)(
    "keeps the transaction in the database until it ends, and its values: $what",
    async ({ setUp, insert }) => {
      await inDatabase(async (database) => {
        const { sql } = database.state.storage;
        const db = database.db();
        await db.exec(setUp);
        let inside: unknown;
        await db.transaction(
          async () => {
            await db.prepare(`${insert} RETURNING r`).run();
            inside = dumpOf(sql);
            await scheduler.wait(1);
            expect(database.engine.physicalOpen).toBe(true);
          },
          { onError: "throw" },
        );
        expect(dumpOf(sql)).toEqual(inside);
      })();
    },
  );
});
