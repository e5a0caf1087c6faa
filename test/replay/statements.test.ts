import { describe, expect, it } from "vitest";
import { dumpOf } from "../support/dump.ts";
import { inDatabase } from "../support/in-database.ts";

/** Statements, with parameters where an array stands. */
type Step = string | [sql: string, ...params: unknown[]];

/** Runs the steps on a fresh database, as one transaction; `between` runs after each. Gives its dump. */
async function dumpAfter(setUp: string, steps: Step[], between: () => Promise<unknown>) {
  let dump: Record<string, string[]> = {};
  await inDatabase(async (database) => {
    const db = database.db();
    if (setUp !== "") await db.exec(setUp);
    await db.transaction(
      async () => {
        for (const step of steps) {
          const [sql, ...params] = typeof step === "string" ? [step] : step;
          await db
            .prepare(sql)
            .bind(...params)
            .run();
          await between();
        }
      },
      { onError: "throw" },
    );
    dump = dumpOf(database.state.storage.sql);
  })();
  return dump;
}

const cases: { what: string; setUp?: string; steps: Step[] }[] = [
  {
    what: "AUTOINCREMENT, also after the row with the highest id is gone",
    setUp: "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a)",
    steps: [
      "INSERT INTO t (a) VALUES ('one'), ('two')",
      "DELETE FROM t WHERE id = 2",
      "INSERT INTO t (a) VALUES ('three')",
      "UPDATE sqlite_sequence SET seq = 100 WHERE name = 't'",
      "INSERT INTO t (a) VALUES ('four')",
    ],
  },
  {
    what: "triggers that write to other tables and to their own",
    setUp: `
      CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER, version INTEGER DEFAULT 0);
      CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, account, was, became);
      CREATE TRIGGER audited AFTER UPDATE OF balance ON account BEGIN
        INSERT INTO audit (account, was, became) VALUES (new.id, old.balance, new.balance);
        UPDATE account SET version = version + 1 WHERE id = new.id;
      END;
      CREATE VIEW rich AS SELECT id, balance FROM account WHERE balance > 100;
      CREATE TRIGGER enrich INSTEAD OF INSERT ON rich BEGIN
        INSERT INTO account (id, balance) VALUES (new.id, new.balance + 100);
      END;
    `,
    steps: [
      "INSERT INTO account (id, balance) VALUES (1, 10), (2, 20)",
      "UPDATE account SET balance = balance * 2",
      "INSERT INTO rich VALUES (3, 50)",
      "UPDATE account SET balance = 0 WHERE id = 3",
    ],
  },
  {
    what: "cascades: ON DELETE CASCADE, SET NULL, ON UPDATE CASCADE",
    setUp: `
      CREATE TABLE p (id INTEGER PRIMARY KEY);
      CREATE TABLE cascading (id, p REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE);
      CREATE TABLE nulled (id, p REFERENCES p ON DELETE SET NULL);
    `,
    steps: [
      "INSERT INTO p VALUES (1), (2), (3)",
      "INSERT INTO cascading SELECT id * 10, id FROM p",
      "INSERT INTO nulled SELECT id * 10, id FROM p",
      "DELETE FROM p WHERE id = 1",
      "UPDATE p SET id = 7 WHERE id = 2 AND NOT EXISTS (SELECT 1 FROM nulled WHERE p = 2)",
      "DELETE FROM nulled WHERE p = 2",
      "UPDATE p SET id = 7 WHERE id = 2",
    ],
  },
  {
    what: "deferred foreign keys and PRAGMA defer_foreign_keys",
    setUp: `
      CREATE TABLE p (id INTEGER PRIMARY KEY);
      CREATE TABLE lazy (p REFERENCES p DEFERRABLE INITIALLY DEFERRED);
      CREATE TABLE strict_child (p REFERENCES p);
    `,
    steps: [
      "PRAGMA defer_foreign_keys = ON",
      "INSERT INTO lazy VALUES (1)",
      "INSERT INTO strict_child VALUES (2)",
      "INSERT INTO p VALUES (1), (2)",
    ],
  },
  {
    what: "upserts and every conflict clause that may be used",
    setUp: "CREATE TABLE t (k PRIMARY KEY, n INTEGER NOT NULL DEFAULT 5, u UNIQUE)",
    steps: [
      "INSERT INTO t (k, n) VALUES ('a', 1), ('b', 2)",
      "INSERT INTO t (k, n) VALUES ('a', 10) ON CONFLICT (k) DO UPDATE SET n = n + excluded.n",
      "INSERT INTO t (k) VALUES ('a') ON CONFLICT DO NOTHING",
      "INSERT OR IGNORE INTO t (k) VALUES ('b'), ('c')",
      "INSERT OR REPLACE INTO t (k, n, u) VALUES ('c', NULL, 'u')",
      "REPLACE INTO t (k, u) VALUES ('d', 'u')",
      "UPDATE OR IGNORE t SET k = 'a' WHERE k = 'b'",
      "INSERT OR FAIL INTO t (k) VALUES ('e')",
    ],
  },
  {
    what: "tables, indices, views and triggers that are created, altered and dropped",
    setUp: "CREATE TABLE old (a, b); INSERT INTO old VALUES (1, 'x'), (2, 'y'); CREATE TABLE gone (a)",
    steps: [
      "CREATE TABLE made (id INTEGER PRIMARY KEY, a UNIQUE)",
      "INSERT INTO made (a) SELECT a FROM old",
      "CREATE TABLE selected AS SELECT a, b FROM old",
      "ALTER TABLE old ADD COLUMN c DEFAULT 'new'",
      "ALTER TABLE old RENAME COLUMN b TO renamed",
      "CREATE INDEX by_c ON old (c)",
      "CREATE TRIGGER copy AFTER INSERT ON made BEGIN INSERT INTO old (a) VALUES (new.a); END",
      "INSERT INTO made (a) VALUES (77)",
      "ALTER TABLE old DROP COLUMN a",
      "DROP TRIGGER copy",
      "ALTER TABLE made RENAME TO kept",
      "DROP TABLE gone",
      "CREATE TABLE gone (other)",
      "INSERT INTO gone VALUES ('again')",
      "CREATE VIEW seen AS SELECT * FROM kept",
      "DROP INDEX by_c",
      "ANALYZE",
    ],
  },
  {
    what: "a table that is rebuilt, as migration tools do it",
    setUp: `
      CREATE TABLE t (a PRIMARY KEY, b);
      CREATE TABLE child (t REFERENCES t);
      INSERT INTO t VALUES ('1', 2);
      INSERT INTO child VALUES ('1');
    `,
    steps: [
      "PRAGMA defer_foreign_keys = ON",
      "CREATE TABLE t_new (a TEXT PRIMARY KEY, b INTEGER)",
      "INSERT INTO t_new SELECT a, b FROM t",
      "DROP TABLE t",
      "ALTER TABLE t_new RENAME TO t",
      "PRAGMA defer_foreign_keys = OFF",
      "CREATE INDEX by_b ON t (b)",
      "INSERT INTO child VALUES ('1')",
    ],
  },
  {
    what: "tables WITHOUT ROWID, STRICT, with generated columns and with weird names",
    setUp: `
      CREATE TABLE pairs (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID;
      CREATE TABLE typed (i INTEGER, r REAL, t TEXT, b BLOB, x ANY) STRICT;
      CREATE TABLE made (a, twice AS (a * 2), thrice AS (a * 3) STORED);
      CREATE TABLE "we""ird; name" ("select", "a b", [c d]);
    `,
    steps: [
      "INSERT INTO pairs VALUES (1, 'x'), (1, 'y')",
      "DELETE FROM pairs WHERE b = 'x'",
      "INSERT INTO typed VALUES (1, 2, 'three', x'04', 5), (NULL, 2.5, '', x'', 'any')",
      "INSERT INTO made (a) VALUES (7), (NULL)",
      'INSERT INTO "we""ird; name" VALUES (1, 2, 3)',
      'UPDATE "we""ird; name" SET "a b" = "select" + 10',
    ],
  },
  {
    what: "integers of 64 bits, REAL values, text and blobs that JavaScript cannot hold",
    setUp: "CREATE TABLE t (a, i INTEGER, r REAL, s TEXT, n NUMERIC)",
    steps: [
      "INSERT INTO t (a) VALUES (9007199254740993), (9223372036854775807), (-9223372036854775808)",
      "INSERT INTO t (i) SELECT a FROM t",
      "UPDATE t SET i = i - 1 WHERE i > 9007199254740993",
      "INSERT INTO t (a, r, n) VALUES (5.0, 5, 5.0), (-0.0, -0.0, -0.0), (9e999, -9e999, 1e300)",
      "INSERT INTO t (a, s) VALUES (CAST(x'ff00fe' AS TEXT), CAST(x'c328' AS TEXT)), ('a' || char(0) || 'b', '')",
      "INSERT INTO t (a, s) VALUES (x'', x'00ff'), (zeroblob(3), NULL)",
    ],
  },
  {
    what: "bound parameters of every type",
    setUp: "CREATE TABLE t (a, i INTEGER, s TEXT)",
    steps: [
      ["INSERT INTO t VALUES (?, ?, ?)", 5, 5, 5],
      ["INSERT INTO t VALUES (?, ?, ?)", -0, 0.5, 1e300],
      ["INSERT INTO t VALUES (?, ?, ?)", true, null, "text with \0 and \ud800 and 💾"],
      ["INSERT INTO t VALUES (?, ?, ?)", new Uint8Array([0, 255]), new ArrayBuffer(0), [1, 2]],
      ["UPDATE t SET s = ?1 WHERE i = ?2", "found", 5],
    ],
  },
  {
    what: "statements with RETURNING",
    setUp: "CREATE TABLE t (id INTEGER PRIMARY KEY, a)",
    steps: [
      "INSERT INTO t (a) VALUES (1), (2), (3) RETURNING id",
      "UPDATE t SET a = a * 10 RETURNING *",
      "DELETE FROM t WHERE a > 10 RETURNING a",
    ],
  },
];

describe("a transaction that detaches after every statement leaves what one without a wait leaves, with", () => {
  it.each(cases)("$what", async ({ setUp = "", steps }) => {
    const expected = await dumpAfter(setUp, steps, async () => {});
    const actual = await dumpAfter(setUp, steps, () => scheduler.wait(0));
    expect(actual).toEqual(expected);
    expect(Object.values(actual).flat()).not.toEqual([]);
  });
});
