import { describe, expect, it } from "vitest";
import { hostileNames } from "../hostile/hostile-names.ts";
import { RemoteDatabase, roundTrip } from "../support/transfers.ts";

async function keeps(make: string | ((sql: SqlStorage) => void)) {
  const trip = await roundTrip(make);
  expect(trip.after).toEqual(trip.before);
  expect(trip.again).toBe(trip.text);
  return trip;
}

describe("an export keeps", () => {
  it("an empty database", async () => {
    expect((await keeps(() => {})).text).toBe("PRAGMA defer_foreign_keys=TRUE;\n");
  });

  it("generated columns, virtual and stored, which no INSERT names", async () => {
    const { copy } = await keeps(`
      CREATE TABLE t (a, b AS (a * 2), c INTEGER GENERATED ALWAYS AS (b + 1) STORED, d, e AS (d || c) VIRTUAL);
      CREATE INDEX by_e ON t (e);
      INSERT INTO t (a, d) VALUES (1, 'x'), (9007199254740993, NULL);
      CREATE TABLE k (a TEXT AS (lower(b)) STORED, b TEXT, PRIMARY KEY (b)) WITHOUT ROWID;
      INSERT INTO k (b) VALUES ('Z'), ('y');`);
    expect(await copy.rows("SELECT b, c, e FROM t WHERE e = 'x3'")).toEqual([[2, 3, "x3"]]);
  });

  it("STRICT tables, checks, defaults and collations", async () => {
    const { copy } = await keeps(`
      CREATE TABLE s (i INTEGER, r REAL, t TEXT, b BLOB, a ANY, CHECK (i > 0)) STRICT;
      INSERT INTO s VALUES (1, 1, '1', X'31', '1'), (2, 2.5, '', X'', 2);
      CREATE TABLE d (a DEFAULT 'it''s; --', b DEFAULT (random()), c TEXT COLLATE NOCASE UNIQUE ON CONFLICT REPLACE);
      INSERT INTO d (c) VALUES ('x');`);
    await expect(copy.rows("INSERT INTO s VALUES ('one', 1, '1', X'31', 1)")).rejects.toThrow(
      "cannot store TEXT",
    );
    await copy.rows("INSERT INTO d VALUES ('again', 1, 'X')");
    expect(await copy.rows("SELECT a FROM d")).toEqual([["again"]]);
  });

  it("indexes: unique, partial, on expressions, with collations and directions", async () => {
    const { copy } = await keeps(`
      CREATE TABLE t (a, b TEXT, c);
      CREATE UNIQUE INDEX u ON t (a) WHERE c IS NOT NULL;
      CREATE INDEX e ON t (lower(b), abs(a) DESC);
      CREATE INDEX n ON t (b COLLATE NOCASE, a);
      CREATE INDEX "i ""; --" ON t ("c");
      INSERT INTO t VALUES (1, 'a', NULL), (1, 'b', NULL), (2, 'c', 3);`);
    await expect(copy.rows("INSERT INTO t VALUES (2, 'x', 1)")).rejects.toThrow("UNIQUE");
  });

  it("triggers, which do not fire for the rows that are imported", async () => {
    const { copy } = await keeps(`
      CREATE TABLE t (a); CREATE TABLE log (entry);
      CREATE TRIGGER added AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a || ';END;'); SELECT CASE WHEN 1 THEN 2 END; END;
      CREATE TRIGGER refused BEFORE DELETE ON t BEGIN SELECT raise(ABORT, 'never'); END;
      INSERT INTO t VALUES (1), (2);`);
    expect(await copy.rows("SELECT * FROM log")).toEqual([["1;END;"], ["2;END;"]]);
    await expect(copy.rows("DELETE FROM t")).rejects.toThrow("never");
  });

  it("views, views of views, those that come before what they read, and INSTEAD OF triggers", async () => {
    const { copy } = await keeps(`
      CREATE VIEW outer_view AS SELECT x + 1 AS y FROM inner_view;
      CREATE VIEW inner_view (x) AS SELECT a FROM t;
      CREATE VIEW broken AS SELECT * FROM nowhere;
      CREATE TABLE t (a); INSERT INTO t VALUES (1);
      CREATE TRIGGER through INSTEAD OF INSERT ON outer_view BEGIN INSERT INTO t VALUES (new.y - 1); END;`);
    await copy.rows("INSERT INTO outer_view VALUES (11)");
    expect(await copy.rows("SELECT y FROM outer_view")).toEqual([[2], [11]]);
  });

  it("where AUTOINCREMENT goes on: deleted rows, emptied tables, no entry, an entry beyond the rows", async () => {
    const { copy } = await keeps(`
      CREATE TABLE deleted (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO deleted VALUES (1), (9); DELETE FROM deleted WHERE id = 9;
      CREATE TABLE emptied (id INTEGER PRIMARY KEY AUTOINCREMENT, a); INSERT INTO emptied VALUES (5, 1); DELETE FROM emptied;
      CREATE TABLE "it's" (id INTEGER PRIMARY KEY /* AUTOINCREMENT */ AUTOINCREMENT); INSERT INTO "it's" VALUES (3); UPDATE sqlite_sequence SET seq = 9007199254740993 WHERE name = 'it''s';
      CREATE TABLE forgotten (id INTEGER PRIMARY KEY autoincrement); INSERT INTO forgotten VALUES (4); DELETE FROM sqlite_sequence WHERE name = 'forgotten';
      CREATE TABLE never (id INTEGER PRIMARY KEY AUTOINCREMENT);
      CREATE TABLE word (a DEFAULT 'autoincrement', "autoincrement", b /* autoincrement */); INSERT INTO word (b) VALUES (1);`);
    const next = await copy.rows(
      "INSERT INTO deleted DEFAULT VALUES; INSERT INTO emptied (a) VALUES (1); SELECT name, CAST(seq AS TEXT) FROM sqlite_sequence ORDER BY name",
    );
    expect(next).toEqual([
      ["deleted", "10"],
      ["emptied", "6"],
      ["it's", "9007199254740993"],
    ]);
  });

  it("a table that only speaks of AUTOINCREMENT, beside one that was dropped", async () => {
    const { before, after, again, text } = await roundTrip(`
      CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO a VALUES (1);
      CREATE TABLE t (x DEFAULT 'autoincrement', "autoincrement" /* autoincrement */); INSERT INTO t VALUES (1, 2);
      DROP TABLE a;`);
    expect(after.t).toEqual(before.t);
    expect(again).toBe(text);
  });

  it("self-referring and cyclic foreign keys", async () => {
    const { copy } = await keeps(`
      PRAGMA defer_foreign_keys = ON;
      CREATE TABLE node (id INTEGER PRIMARY KEY, parent REFERENCES node (id) ON DELETE CASCADE);
      CREATE TABLE chicken (id INTEGER PRIMARY KEY, egg NOT NULL REFERENCES egg);
      CREATE TABLE egg (id INTEGER PRIMARY KEY, chicken NOT NULL REFERENCES chicken DEFERRABLE INITIALLY DEFERRED);
      INSERT INTO node VALUES (1, 3), (2, 1), (3, NULL);
      INSERT INTO chicken VALUES (1, 1); INSERT INTO egg VALUES (1, 1);`);
    await copy.rows("DELETE FROM node WHERE id = 3");
    expect(await copy.rows("SELECT count(*) FROM node")).toEqual([[0]]);
    await expect(copy.rows("DELETE FROM egg")).rejects.toThrow("FOREIGN KEY");
  });

  it("comments in the schema, also at the end of it", async () => {
    const { copy } = await roundTrip((sql) => {
      sql.exec("CREATE TABLE t (a -- the first; column\n, b /* ; */)");
      sql.exec("CREATE INDEX i ON t (a) -- an index\n");
      sql.exec("CREATE VIEW v AS SELECT a FROM t -- hi");
      sql.exec("CREATE VIEW w AS SELECT a FROM t /* hi");
      sql.exec("CREATE VIEW x AS SELECT '--' /* it's */ AS a /* */");
      sql.exec("CREATE TRIGGER y AFTER INSERT ON t BEGIN SELECT 1; -- inside; END;\n END -- outside");
      sql.exec("INSERT INTO t VALUES (1, 2)");
    });
    expect(await copy.rows("SELECT (SELECT a FROM v), (SELECT a FROM w), (SELECT a FROM x)")).toEqual([
      [1, 1, "--"],
    ]);
    expect(
      await copy.rows("SELECT count(*) FROM sqlite_schema WHERE name IN ('t', 'i', 'v', 'w', 'x', 'y')"),
    ).toEqual([[6]]);
  });

  it("names of tables and columns, whatever they are", async () => {
    const { text } = await keeps((sql) => {
      for (const name of hostileNames) {
        const quoted = `"${name.replaceAll('"', '""')}"`;
        sql.exec(`CREATE TABLE ${quoted} (${quoted} , "other ""; --")`);
        sql.exec(`INSERT INTO ${quoted} VALUES (1, 'x'), (?, NULL)`, name);
        sql.exec(
          `CREATE TABLE "k${quoted.slice(1)} (${quoted} PRIMARY KEY) WITHOUT ROWID; INSERT INTO "k${quoted.slice(1)} VALUES (1)`,
        );
      }
      sql.exec('CREATE TABLE "" ("", b); INSERT INTO "" VALUES (1, 2)');
    });
    expect(text.length).toBeGreaterThan(10_000);
  });

  it("100 tables with everything that belongs to them", async () => {
    const { before } = await keeps((sql) => {
      for (let n = 0; n < 100; n++) {
        sql.exec(`CREATE TABLE t${n} (id INTEGER PRIMARY KEY AUTOINCREMENT, a REFERENCES t${(n + 1) % 100});
          CREATE INDEX i${n} ON t${n} (a); CREATE VIEW v${n} AS SELECT * FROM t${n};
          CREATE TRIGGER g${n} AFTER INSERT ON t${n} BEGIN SELECT 1; END`);
      }
      for (let n = 0; n < 100; n++) sql.exec(`INSERT INTO t${n} (a) VALUES (NULL)`);
    });
    expect(before.sqlite_sequence).toHaveLength(100);
  });
});

describe("an export leaves out", () => {
  it("what SQLite, the runtime and this library keep for themselves", async () => {
    const database = new RemoteDatabase();
    await database.imported(
      "CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1); CREATE INDEX i ON t (a); ANALYZE;",
    );
    await database.rows("INSERT INTO t VALUES (2)");
    const names = (
      await database.inside((sql) => [...sql.exec("SELECT name FROM sqlite_schema").raw()])
    ).flat();
    expect(names).toContainEqual(expect.stringMatching(/^_cf_/));
    expect(await database.export()).not.toMatch(/_cf_|__miniflare|sqlite_|d1-procedures|d1p_/);
  });
});
