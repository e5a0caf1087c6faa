import { describe, expect, it } from "vitest";
import { Isolated } from "./isolated.ts";

/** What is there before a test begins, and what the test does. */
interface Case {
  name: string;
  setup: string;
  writes: string[];
}

const item = "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, n INTEGER DEFAULT 0)";
const three = "INSERT INTO item VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)";

const cases: Case[] = [
  { name: "an INSERT", setup: `${item}; ${three}`, writes: ["INSERT INTO item (name) VALUES ('d')"] },
  {
    name: "several rows of one INSERT, under keys of any order",
    setup: `${item}; ${three}`,
    writes: ["INSERT INTO item VALUES (100, 'x', 0), (-7, 'y', 0), (50, 'z', 0)"],
  },
  {
    name: "an UPDATE",
    setup: `${item}; ${three}`,
    writes: ["UPDATE item SET n = n + 1, name = name || '!'"],
  },
  {
    name: "an UPDATE of keys",
    setup: `${item}; ${three}`,
    writes: ["UPDATE item SET id = id + 10", "UPDATE item SET id = -id"],
  },
  { name: "a DELETE", setup: `${item}; ${three}`, writes: ["DELETE FROM item WHERE id = 2"] },
  { name: "a DELETE of all rows", setup: `${item}; ${three}`, writes: ["DELETE FROM item"] },
  {
    name: "a row that is deleted and made again under its key",
    setup: `${item}; ${three}`,
    writes: [
      "DELETE FROM item WHERE id = 2",
      "INSERT INTO item VALUES (2, 'new', 9)",
      "UPDATE item SET n = 10 WHERE id = 2",
    ],
  },
  {
    name: "keys that change places",
    setup: `${item}; ${three}`,
    writes: [
      "UPDATE item SET name = 'tmp' WHERE id = 1",
      "UPDATE item SET name = 'a' WHERE id = 2",
      "UPDATE item SET name = 'b' WHERE id = 1",
    ],
  },
  {
    name: "an upsert",
    setup: `${item}; ${three}`,
    writes: [
      "INSERT INTO item (name, n) VALUES ('b', 5), ('d', 6) ON CONFLICT (name) DO UPDATE SET n = excluded.n",
    ],
  },
  {
    name: "INSERT OR REPLACE, which deletes rows that it conflicts with",
    setup: `${item}; ${three}`,
    writes: ["INSERT OR REPLACE INTO item VALUES (1, 'b', 7)"],
  },
  {
    name: "INSERT OR REPLACE into a table without indexes",
    setup: "CREATE TABLE plain (id INTEGER PRIMARY KEY, v); INSERT INTO plain VALUES (1, 'x')",
    writes: ["INSERT OR REPLACE INTO plain VALUES (1, 'y')"],
  },
  {
    name: "REPLACE as a column's own conflict clause",
    setup:
      "CREATE TABLE r (id INTEGER PRIMARY KEY, u UNIQUE ON CONFLICT REPLACE); INSERT INTO r VALUES (1, 'x'), (2, 'y')",
    writes: ["INSERT INTO r (u) VALUES ('x')", "UPDATE r SET u = 'y' WHERE u = 'x'"],
  },
  {
    name: "UPDATE OR REPLACE",
    setup: `${item}; ${three}`,
    writes: ["UPDATE OR REPLACE item SET name = 'c' WHERE id = 1"],
  },
  {
    name: "REPLACE on a table with triggers",
    setup: `${item}; ${three}; CREATE TABLE log (t); CREATE TRIGGER noted AFTER INSERT ON item BEGIN INSERT INTO log VALUES (NEW.name); END`,
    writes: ["REPLACE INTO item VALUES (1, 'b', 7)"],
  },
  {
    name: "what ON CONFLICT FAIL leaves of a statement that fails",
    setup: `${item}; ${three}`,
    writes: [
      "UPDATE item SET n = 100 WHERE id = 1",
      "INSERT OR FAIL INTO item VALUES (10, 'x', 0), (11, 'a', 0)",
    ],
  },
  {
    name: "rows of a table without a key, with their rowids",
    setup: "CREATE TABLE bag (v); INSERT INTO bag VALUES (1), (1), (NULL); DELETE FROM bag WHERE rowid = 1",
    writes: ["DELETE FROM bag", "INSERT INTO bag VALUES (5), (6)"],
  },
  {
    name: "rows of a table whose column is called rowid",
    setup: "CREATE TABLE odd (rowid TEXT, v); INSERT INTO odd VALUES ('r', 1), ('s', 2)",
    writes: ["UPDATE odd SET v = 3 WHERE rowid = 'r'", "DELETE FROM odd WHERE rowid = 's'"],
  },
  {
    name: "rows of a table whose columns take every name of the rowid",
    setup: "CREATE TABLE odd (rowid, _rowid_, oid, v); INSERT INTO odd VALUES (1, 2, 3, 'x'), (1, 2, 3, 'x')",
    writes: ["INSERT INTO odd VALUES (4, 5, 6, 'y')", "UPDATE odd SET v = 'z'"],
  },
  {
    name: "a table WITHOUT ROWID, with a key of two columns and a collation",
    setup:
      "CREATE TABLE w (a TEXT COLLATE NOCASE, b REAL, v, PRIMARY KEY (a, b)) WITHOUT ROWID; INSERT INTO w VALUES ('A', 1.5, 'x'), ('b', 2, 'y'), (x'00', -0.1, 'z')",
    writes: [
      "UPDATE w SET a = lower(a)",
      "DELETE FROM w WHERE a = 'B'",
      "INSERT INTO w VALUES ('new', 9e99, NULL)",
    ],
  },
  {
    name: "AUTOINCREMENT",
    setup:
      "CREATE TABLE s (id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO s (v) VALUES (1), (2), (3); DELETE FROM s WHERE id = 3",
    writes: ["INSERT INTO s (v) VALUES (4)", "DELETE FROM s", "DELETE FROM sqlite_sequence"],
  },
  {
    name: "generated columns",
    setup: "CREATE TABLE g (a, b AS (a * 2) STORED, c AS (a + 1)); INSERT INTO g VALUES (1), (2)",
    writes: ["UPDATE g SET a = 10 WHERE a = 1", "DELETE FROM g WHERE c = 3"],
  },
  {
    name: "a STRICT table",
    setup:
      "CREATE TABLE st (i INT, r REAL, t TEXT, b BLOB, a ANY) STRICT; INSERT INTO st VALUES (1, 1, 'x', x'ff00', '5')",
    writes: ["UPDATE st SET i = 2, r = 3, t = 'y', b = x'', a = 5", "DELETE FROM st"],
  },
  {
    name: "values that JavaScript does not hold",
    setup:
      "CREATE TABLE v (x); INSERT INTO v VALUES (9223372036854775807), (-9223372036854775808), (1), (1.0), (0.1), (9e999), (-0.0), ('a' || char(0) || 'b'), (CAST(x'ff' AS TEXT)), (x''), (''), (NULL), ('12'), (2.2250738585072014e-308)",
    writes: ["DELETE FROM v"],
  },
  {
    name: "a table of 98 columns",
    setup: `CREATE TABLE wide (${Array.from({ length: 98 }, (_, n) => `c${n}`).join(", ")}); INSERT INTO wide (c0, c50, c97) VALUES (1, 'x', 2.5), (2, 'y', NULL)`,
    writes: ["UPDATE wide SET c50 = c50 || '!', c97 = 1", "DELETE FROM wide WHERE c0 = 2"],
  },
  {
    name: "what cascades",
    setup:
      "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE); CREATE TABLE n (id INTEGER PRIMARY KEY, c REFERENCES c ON DELETE SET NULL); INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (10, 1), (11, 1), (12, 2); INSERT INTO n VALUES (100, 10), (101, 12)",
    writes: ["DELETE FROM p WHERE id = 1", "UPDATE p SET id = 20"],
  },
  {
    name: "rows that refer to each other",
    setup:
      "CREATE TABLE t (id INTEGER PRIMARY KEY, up REFERENCES t DEFERRABLE INITIALLY DEFERRED); INSERT INTO t VALUES (1, 1), (2, 1)",
    writes: ["INSERT INTO t VALUES (3, 2)", "DELETE FROM t WHERE id = 3", "UPDATE t SET up = 2"],
  },
  {
    name: "what triggers do",
    setup: `${item}; ${three}; CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, t);
      CREATE TRIGGER i AFTER INSERT ON item BEGIN INSERT INTO log (t) VALUES ('+' || NEW.name); END;
      CREATE TRIGGER u AFTER UPDATE ON item BEGIN UPDATE log SET t = t || '~' WHERE id = 1; INSERT INTO log (t) VALUES ('~'); END;
      CREATE TRIGGER d BEFORE DELETE ON item BEGIN DELETE FROM log WHERE id = (SELECT min(id) FROM log); END`,
    writes: [
      "INSERT INTO item (name) VALUES ('x')",
      "UPDATE item SET n = 5 WHERE id < 3",
      "DELETE FROM item WHERE id = 1",
    ],
  },
  {
    name: "a table whose trigger forbids to delete from it",
    setup: `${item}; CREATE TRIGGER never BEFORE DELETE ON item BEGIN SELECT RAISE(ABORT, 'never'); END; ${three}`,
    writes: ["INSERT INTO item (name) VALUES ('x')", "UPDATE item SET n = 9"],
  },
  {
    name: "a view's INSTEAD OF trigger",
    setup: `${item}; ${three}; CREATE VIEW names AS SELECT name FROM item; CREATE TRIGGER into_names INSTEAD OF INSERT ON names BEGIN INSERT INTO item (name) VALUES (NEW.name); END`,
    writes: ["INSERT INTO names VALUES ('through the view')"],
  },
  {
    name: "triggers nested as deep as they may be",
    setup: Array.from({ length: 11 }, (_, n) => `CREATE TABLE c${n} (v)`)
      .concat(
        Array.from(
          { length: 10 },
          (_, n) =>
            `CREATE TRIGGER g${n} AFTER INSERT ON c${n} BEGIN INSERT INTO c${n + 1} VALUES (NEW.v + 1); END`,
        ),
      )
      .join("; "),
    writes: ["INSERT INTO c0 VALUES (0)", "INSERT INTO c1 VALUES (0)"],
  },
  {
    name: "names that need quotes",
    setup: `CREATE TABLE "a ""b"" c" ("x y" INTEGER PRIMARY KEY, "select" TEXT, "d1-procedures" , 'k0'); INSERT INTO "a ""b"" c" VALUES (1, 's', 2, 3)`,
    writes: [`UPDATE "a ""b"" c" SET "select" = 't'`, `INSERT INTO "a ""b"" c" ("select") VALUES ('u')`],
  },
  {
    name: "random keys",
    setup: `${item}; ${three}; CREATE TABLE w (id TEXT PRIMARY KEY DEFAULT (hex(randomblob(16))), v) WITHOUT ROWID; INSERT INTO w (v) VALUES (1)`,
    writes: [
      "INSERT INTO item (id, name) VALUES (random(), 'random')",
      "INSERT INTO w (v) VALUES (2), (3)",
      "INSERT INTO item (id, name) SELECT abs(random()), 'r' || id FROM item",
      "DELETE FROM item WHERE abs(random()) % 2 = 0",
      "UPDATE item SET id = random()",
    ],
  },
  {
    name: "the clock",
    setup:
      "CREATE TABLE e (id INTEGER PRIMARY KEY, at TEXT DEFAULT CURRENT_TIMESTAMP); INSERT INTO e (at) VALUES ('2020-01-01'), ('2999-01-01')",
    writes: [
      "INSERT INTO e DEFAULT VALUES",
      "UPDATE e SET at = datetime('now') WHERE id = 1",
      "DELETE FROM e WHERE at < datetime('now', '-1 hour')",
    ],
  },
  {
    name: "last_insert_rowid() and changes() in statements",
    setup: `${item}; ${three}; CREATE TABLE child (id INTEGER PRIMARY KEY, item, n)`,
    writes: [
      "INSERT INTO item (id, name) VALUES (70, 'parent')",
      "INSERT INTO child (item, n) SELECT last_insert_rowid(), id FROM item",
      "UPDATE item SET n = 8",
      "INSERT INTO child (item, n) VALUES (changes(), last_insert_rowid())",
    ],
  },
  {
    name: "full-text search",
    setup:
      "CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f (rowid, body) VALUES (7, 'one two'), (9, 'three')",
    writes: [
      "INSERT INTO f (body) VALUES ('four')",
      "DELETE FROM f WHERE rowid = 7",
      "UPDATE f SET body = 'five' WHERE rowid = 9",
    ],
  },
  {
    name: "a full-text index of other rows, kept by triggers",
    setup: `CREATE TABLE doc (id INTEGER PRIMARY KEY, body); CREATE VIRTUAL TABLE idx USING fts5(body, content='doc', content_rowid='id');
      CREATE TRIGGER di AFTER INSERT ON doc BEGIN INSERT INTO idx (rowid, body) VALUES (NEW.id, NEW.body); END;
      CREATE TRIGGER dd AFTER DELETE ON doc BEGIN INSERT INTO idx (idx, rowid, body) VALUES ('delete', OLD.id, OLD.body); END;
      INSERT INTO doc VALUES (1, 'alpha'), (2, 'beta')`,
    writes: ["INSERT INTO doc (body) VALUES ('gamma')", "DELETE FROM doc WHERE id = 1"],
  },
];

describe("The end of a level undoes", () => {
  for (const { name, setup, writes } of cases) {
    it(name, async () => {
      const isolated = new Isolated();
      await isolated.db.exec(setup);
      await isolated.leavesNothing(async () => {
        for (const sql of writes) await isolated.db.prepare(sql).run().catch(expectedFailure(sql));
      });
    });
  }
});

/** Only what says so may fail. */
function expectedFailure(sql: string): (error: unknown) => void {
  return (error) => {
    if (!sql.includes("OR FAIL")) throw error;
    expect(String(error)).toMatch(/UNIQUE/);
  };
}
