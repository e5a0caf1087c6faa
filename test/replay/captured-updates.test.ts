import { describe, expect, it } from "vitest";
import { dumpOf } from "../support/dump.ts";
import { inDatabase } from "../support/in-database.ts";

interface Case {
  what: string;
  setUp: string;
  update: string;
  params?: unknown[];
}

const cases: Case[] = [
  {
    what: "CURRENT_TIMESTAMP",
    setUp:
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a, at); INSERT INTO t VALUES (1, 'a', 'never'), (2, 'b', 'never')",
    update: "UPDATE t SET a = ?2, at = CURRENT_TIMESTAMP || random() WHERE id = ?1",
    params: [2, "c"],
  },
  {
    what: "a column with indices, one of them unique",
    setUp: `CREATE TABLE t (id INTEGER PRIMARY KEY, a, r); CREATE INDEX by_a ON t (a); CREATE UNIQUE INDEX by_r ON t (r);
      INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)`,
    update: "UPDATE t SET a = random(), r = random() WHERE id = 1",
  },
  {
    what: "a row that is found by the column that changes",
    setUp: "CREATE TABLE t (a PRIMARY KEY, r); INSERT INTO t VALUES ('x', 1), ('y', 2)",
    update: "UPDATE t SET a = hex(randomblob(8)) WHERE a = 'x'",
  },
  {
    what: "a row without a key, found by a scan",
    setUp: "CREATE TABLE t (a, r); INSERT INTO t VALUES ('x', 1), ('y', 2)",
    update: "UPDATE t SET r = random() WHERE a = 'y'",
  },
  {
    what: "a rowid beyond 2^53, integers and texts that JavaScript does not hold",
    setUp: `CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c, d REAL);
      INSERT INTO t VALUES (9223372036854775806, 9007199254740993, CAST(x'ff00fe' AS TEXT), -9e999, 5)`,
    update: "UPDATE t SET d = random() WHERE id > 0",
  },
  {
    what: "generated columns, and a CHECK",
    setUp: `CREATE TABLE t (a, twice AS (a * 2), r CHECK (r IS NOT NULL), half AS (r / 2) STORED);
      INSERT INTO t (a, r) VALUES (1, 2)`,
    update: "UPDATE t SET r = random()",
  },
  {
    what: "quoted and weird names",
    setUp: `CREATE TABLE "a "" table; --" ("select" PRIMARY KEY, "x "" y", rowid, r); INSERT INTO "a "" table; --" VALUES (1, 2, 3, 4)`,
    update: `UPDATE "a "" table; --" SET r = random(), "x "" y" = 7 -- and a comment
      WHERE "select" = 1 /* one more */ ;`,
  },
  {
    what: "foreign keys, of which none is acted on",
    setUp: `CREATE TABLE p (id INTEGER PRIMARY KEY, at); INSERT INTO p VALUES (1, 1), (2, 2);
      CREATE TABLE t (id INTEGER PRIMARY KEY, p REFERENCES p ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED); INSERT INTO t VALUES (1, 1)`,
    update: "UPDATE p SET at = random() WHERE id = 1",
  },
  {
    what: "a foreign key that becomes another",
    setUp: `CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1), (2);
      CREATE TABLE t (id INTEGER PRIMARY KEY, p REFERENCES p, r); INSERT INTO t VALUES (1, 1, 1)`,
    update: "UPDATE t SET p = 2, r = random()",
  },
  {
    what: "a primary key that is no rowid, for all its type",
    setUp: "CREATE TABLE t (id INTEGER PRIMARY KEY DESC, r); INSERT INTO t VALUES (7, 1)",
    update: "UPDATE t SET id = abs(random() % 1000) + 10, r = random()",
  },
  {
    what: "UPDATE ... FROM",
    setUp: `CREATE TABLE t (id INTEGER PRIMARY KEY, a, r); INSERT INTO t VALUES (5, 1, 1), (6, 2, 2);
      CREATE TABLE source (id, a); INSERT INTO source VALUES (6, 'new')`,
    update: "UPDATE t AS x SET a = source.a, r = random() FROM source WHERE source.id = x.id",
  },
  {
    what: "OR IGNORE where nothing conflicts, and a common table expression",
    setUp: "CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE, r); INSERT INTO t VALUES (1, 1, 1)",
    update:
      "WITH one AS (SELECT 1 AS id) UPDATE OR IGNORE t SET a = 5, r = random() WHERE id IN (SELECT id FROM one)",
  },
  {
    what: "a STRICT table",
    setUp:
      "CREATE TABLE t (i INT, r REAL, s TEXT, b BLOB, x ANY, n INTEGER) STRICT; INSERT INTO t VALUES (1, 2, '3', x'04', '5', 6)",
    update: "UPDATE t SET n = random()",
  },
  {
    what: "an upsert that updates",
    setUp:
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE, r); INSERT INTO t VALUES (3, 'a', 1), (4, 'b', 2)",
    update: "INSERT INTO t (a, r) VALUES ('b', 5) ON CONFLICT (a) DO UPDATE SET r = random()",
  },
  {
    what: "an upsert that inserts",
    setUp:
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE, r); INSERT INTO t VALUES (3, 'a', 1), (4, 'b', 2)",
    update: "INSERT INTO t (a, r) VALUES ('c', random()) ON CONFLICT (a) DO UPDATE SET r = random()",
  },
  {
    what: "an upsert by the rowid",
    setUp: "CREATE TABLE t (id INTEGER PRIMARY KEY, at); INSERT INTO t VALUES (3, 1)",
    update: "INSERT INTO t VALUES (3, 2) ON CONFLICT DO UPDATE SET at = CURRENT_TIMESTAMP || random()",
  },
];

/** Does the update in a transaction, looks at the row and waits: is the very same row committed, and the state after it as before? */
async function keepOverWait({ setUp, update, params = [] }: Case, returning: string, isCaptured = true) {
  await inDatabase(async (database) => {
    const { sql } = database.state.storage;
    const db = database.db();
    await db.exec(setUp);
    const before = dumpOf(sql);
    let inside: unknown;
    let counters: unknown;
    const told = "SELECT changes(), last_insert_rowid()";
    await db.transaction(
      async () => {
        await db
          .prepare(update.replace(/;$/, "") + returning)
          .bind(...params)
          .run();
        counters = await db.prepare(told).raw();
        inside = dumpOf(sql);
        expect(inside).not.toEqual(before);
        await scheduler.wait(1);
        expect(database.engine.physicalOpen).toBe(!isCaptured);
        if (isCaptured) expect(dumpOf(sql)).toEqual(before);
        expect(await db.prepare(told).raw()).toEqual(counters);
      },
      { onError: "throw" },
    );
    expect(dumpOf(sql)).toEqual(inside);
  })();
}

describe.each([
  ["looked at by a SELECT", ""],
  ["given by RETURNING", " RETURNING *"],
  ["given by RETURNING, a name each", " RETURNING 1 AS one, CURRENT_TIMESTAMP AS now"],
])(
  "a row with a generated value that an UPDATE writes, %s, and kept over an external call",
  (_how, returning) => {
    it.each(cases)("is committed as it was, and delays no reader: $what", (one) =>
      keepOverWait(one, returning),
    );
  },
);

describe("what such an UPDATE tells", () => {
  const setUp =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE, r); INSERT INTO t VALUES (1, 'x', 0), (2, 'y', 0)";

  it.each([
    ["one row", "a = 'x'", 1],
    ["no row", "a = 'z'", 0],
    ["several rows", "id > 0", 2],
  ])("is the same in a transaction as outside of one: %s", async (_what, where, changes) => {
    await inDatabase(async (database) => {
      const db = database.db();
      await db.exec(setUp);
      const update = `UPDATE t SET r = random() WHERE ${where}`;
      const run = async () => {
        const results: D1Result[] = [];
        for (const sql of [update, `${update} RETURNING id, a AS "CAST(rowid AS TEXT)"`]) {
          const { results: rows, meta } = await db.prepare(sql).run();
          // To ask for the row takes some reads of its own.
          const comparable = { ...meta, duration: 0, timings: undefined, rows_read: 0 };
          results.push({ success: true, results: rows, meta: comparable });
        }
        return results;
      };
      const outside = await run();
      expect(outside[0]!.meta.changes).toBe(changes);
      expect(await db.transaction(run, { onError: "throw" })).toEqual(outside);
    })();
  });

  it("has rows of the columns that were asked for, and no more", async () => {
    await inDatabase(async (database) => {
      const db = database.db();
      await db.exec(setUp);
      const raw = () => db.prepare("UPDATE t SET r = random() RETURNING id, a").raw({ columnNames: true });
      expect(await db.transaction(raw, { onError: "throw" })).toEqual([
        ["id", "a"],
        [1, "x"],
        [2, "y"],
      ]);
    })();
  });

  it("is an error of its own when a constraint refuses it, and nothing is left", async () => {
    await inDatabase(async (database) => {
      const db = database.db();
      await db.exec(`${setUp}; CREATE TABLE u (r CHECK (r IS NULL)); INSERT INTO u VALUES (NULL)`);
      await db.transaction(
        async () => {
          await expect(db.prepare("UPDATE t SET a = 'y', r = random() WHERE id = 1").run()).rejects.toThrow(
            "UNIQUE constraint failed: t.a",
          );
          await expect(db.prepare("UPDATE u SET r = random()").run()).rejects.toThrow(
            "CHECK constraint failed",
          );
          expect(await db.prepare("SELECT a, r FROM t").raw()).toEqual([
            ["x", 0],
            ["y", 0],
          ]);
        },
        { onError: "throw" },
      );
    })();
  });

  it("is found again by its rowid, after the row has been inserted, updated and deleted in the same transaction", async () => {
    await inDatabase(async (database) => {
      const db = database.db();
      await db.exec(setUp);
      let inside: unknown;
      await db.transaction(
        async () => {
          for (const sql of [
            "INSERT INTO t VALUES (7, 'new', random())",
            "UPDATE t SET r = random() WHERE a = 'new'",
            "DELETE FROM t WHERE id = 7",
            "INSERT INTO t (a, r) VALUES ('again', random())",
            "UPDATE t SET r = random(), a = 'once more' WHERE a = 'again'",
          ]) {
            await db.prepare(sql).run();
            await db.prepare("SELECT * FROM t").run();
            await scheduler.wait(0);
          }
          inside = await db.prepare("SELECT id, a, CAST(r AS TEXT) FROM t").raw();
        },
        { onError: "throw" },
      );
      expect(await db.prepare("SELECT id, a, CAST(r AS TEXT) FROM t").raw()).toEqual(inside);
    })();
  });
});

describe("a generated value that cannot be captured", () => {
  const rows = "INSERT INTO t VALUES (1, 1), (2, 2)";
  const pinned: Case[] = [
    {
      what: "several rows are updated",
      setUp: `CREATE TABLE t (id INTEGER PRIMARY KEY, r); ${rows}`,
      update: "UPDATE t SET r = random()",
    },
    {
      what: "the rowid changes",
      setUp: `CREATE TABLE t (id INTEGER PRIMARY KEY, r); ${rows}`,
      update: "UPDATE t SET id = abs(random()) + 10 WHERE id = 1",
    },
    {
      what: "the table has a trigger",
      setUp: `CREATE TABLE t (id INTEGER PRIMARY KEY, r); ${rows}; CREATE TABLE log (r);
        CREATE TRIGGER logged AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (new.r); END`,
      update: "UPDATE t SET r = random() WHERE id = 1",
    },
    {
      what: "a foreign key may act on other rows",
      setUp: `CREATE TABLE t (id INTEGER PRIMARY KEY, r UNIQUE); ${rows};
        CREATE TABLE child (r REFERENCES t (r) ON UPDATE CASCADE)`,
      update: "UPDATE t SET r = random() WHERE id = 1",
    },
    {
      what: "the table has no rowid",
      setUp: `CREATE TABLE t (id PRIMARY KEY, r) WITHOUT ROWID; ${rows}`,
      update: "UPDATE t SET r = random() WHERE id = 1",
    },
    {
      what: "another row may be replaced",
      setUp: `CREATE TABLE t (id INTEGER PRIMARY KEY, r UNIQUE); ${rows}`,
      update: "UPDATE OR REPLACE t SET r = random() WHERE id = 1",
    },
    {
      what: "an upsert may replace a row without a sign of it",
      setUp: `CREATE TABLE t (id INTEGER PRIMARY KEY, r); CREATE UNIQUE INDEX by_r ON t (r); ${rows}`,
      update: "INSERT OR REPLACE INTO t VALUES (1, random()) ON CONFLICT (r) DO UPDATE SET r = random()",
    },
    {
      what: "an upsert uses up an id of AUTOINCREMENT",
      setUp:
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE, r); INSERT INTO t VALUES (1, 1, 1)",
      update: "INSERT INTO t (a, r) VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET r = random()",
    },
    {
      what: "an upsert writes several rows",
      setUp: `CREATE TABLE t (id INTEGER PRIMARY KEY, r); ${rows}`,
      update: "INSERT INTO t VALUES (1, 1), (3, 3) ON CONFLICT DO UPDATE SET r = random()",
    },
    {
      what: "every name of the rowid is taken",
      setUp: "CREATE TABLE t (rowid, _rowid_, oid, r); INSERT INTO t VALUES (1, 2, 3, 4)",
      update: "UPDATE t SET r = random()",
    },
    {
      what: "there are more columns than can be read back",
      setUp: `CREATE TABLE t (${Array.from({ length: 50 }, (_, index) => `c${index}`).join(", ")}, r); INSERT INTO t (r) VALUES (1)`,
      update: "UPDATE t SET r = random()",
    },
  ];

  it.each(pinned)("keeps the transaction in the database until it ends: $what", (one) =>
    keepOverWait(one, " RETURNING r", false),
  );
});
