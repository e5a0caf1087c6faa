import { expect } from "vitest";
import { type Concept, everywhere } from "../conformance-case.ts";

type Meta = D1Result["meta"];

/** The meta of the last of several statements. */
async function metaOf(db: D1Database, ...statements: string[]): Promise<Meta> {
  let meta: Meta | undefined;
  for (const sql of statements) ({ meta } = await db.prepare(sql).run());
  return meta!;
}

const item = "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, n INT)";
const abc = "INSERT INTO item (name) VALUES ('a'), ('b'), ('c')";

/** `changes` of a statement on a table of the items a, b and c. */
const changes: [sql: string, changes: number][] = [
  ["INSERT INTO item (name) VALUES ('x'), ('y')", 2],
  ["UPDATE item SET n = 1", 3],
  ["UPDATE item SET name = name", 3],
  ["UPDATE item SET n = 1 WHERE id = 99", 0],
  ["DELETE FROM item WHERE id < 3", 2],
  ["DELETE FROM item", 3],
  ["INSERT OR IGNORE INTO item (name) VALUES ('a'), ('new')", 1],
  ["INSERT INTO item (name) VALUES ('a') ON CONFLICT DO NOTHING", 0],
  ["INSERT INTO item (name) VALUES ('a') ON CONFLICT (name) DO UPDATE SET n = 7", 1],
  ["REPLACE INTO item (name) VALUES ('a')", 1],
  ["INSERT INTO item (name) SELECT name || '2' FROM item", 3],
  ["DELETE FROM item RETURNING id", 3],
  ["SELECT * FROM item", 0],
  ["CREATE TABLE copy AS SELECT * FROM item", 0],
  ["CREATE INDEX by_n ON item (n)", 0],
  ["ALTER TABLE item ADD COLUMN size INT", 0],
  ["DROP TABLE item", 0],
];

export default {
  title: "meta",
  cases: [
    {
      behaviour: "tells in meta, with these types, what D1 tells",
      async run(db) {
        expect(await metaOf(db, "SELECT 1")).toMatchObject({
          served_by: expect.stringMatching(/./),
          duration: expect.any(Number),
          changes: 0,
          last_row_id: 0,
          changed_db: false,
          size_after: expect.any(Number),
          rows_read: 0,
          rows_written: 0,
        });
      },
    },
    {
      behaviour: "has the fields of meta as enumerable properties of its own",
      async run(db) {
        const { meta } = await db.prepare("SELECT 1").all();
        const fields = ["served_by", "duration", "changes", "last_row_id", "changed_db", "size_after"];
        expect(Object.keys(meta)).toEqual(expect.arrayContaining([...fields, "rows_read", "rows_written"]));
      },
    },
    {
      behaviour: "leaves served_by_primary and timings to production",
      async run(db) {
        const meta = await metaOf(db, "SELECT 1");
        expect("served_by_primary" in meta || "timings" in meta).toBe(false);
      },
      differs: [
        {
          on: everywhere,
          entry: "meta is that of production",
          async run(db) {
            expect(await metaOf(db, "SELECT 1")).toMatchObject({
              served_by_primary: true,
              timings: { sql_duration_ms: expect.any(Number) },
            });
          },
        },
      ],
    },
    {
      behaviour: "gives a duration that is a time",
      async run(db) {
        const { duration } = await metaOf(db, "SELECT 1");
        expect(duration).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(duration)).toBe(true);
      },
    },
    ...changes.map(([sql, expected]) => ({
      behaviour: `counts ${expected} changes of ${sql.replace(/ INTO item| FROM item/, "")}`,
      async run(db: D1Database) {
        expect((await metaOf(db, item, abc, sql)).changes).toBe(expected);
      },
    })),
    {
      behaviour: "counts in changes what triggers do",
      async run(db) {
        const log = "CREATE TABLE log (name)";
        const trigger =
          "CREATE TRIGGER t AFTER INSERT ON item BEGIN INSERT INTO log VALUES (new.name), (new.name); END";
        expect((await metaOf(db, item, log, trigger, "INSERT INTO item (name) VALUES ('a')")).changes).toBe(
          3,
        );
      },
    },
    {
      behaviour: "counts in changes what a foreign key cascades to",
      async run(db) {
        const child = "CREATE TABLE part (item REFERENCES item ON DELETE CASCADE)";
        const parts = "INSERT INTO part VALUES (1), (1), (2)";
        expect((await metaOf(db, item, abc, child, parts, "DELETE FROM item WHERE id = 1")).changes).toBe(3);
      },
    },
    {
      behaviour: "gives the rowid of the last insert as last_row_id, until there is another",
      async run(db) {
        const ids: number[] = [];
        for (const sql of [
          item,
          abc,
          "SELECT * FROM item",
          "UPDATE item SET n = 1",
          "DELETE FROM item",
          "INSERT INTO item (id, name) VALUES (1000, 'd')",
          "INSERT INTO item (id, name) VALUES (-5, 'e')",
          "INSERT INTO item (name) VALUES ('d') ON CONFLICT (name) DO UPDATE SET n = 2",
        ]) {
          ids.push((await metaOf(db, sql)).last_row_id);
        }
        expect(ids.slice(1)).toEqual([3, 3, 3, 3, 1000, -5, -5]);
      },
    },
    {
      behaviour: "leaves last_row_id alone when a WITHOUT ROWID table gets a row",
      async run(db) {
        const meta = await metaOf(
          db,
          item,
          abc,
          "CREATE TABLE pair (k TEXT PRIMARY KEY) WITHOUT ROWID",
          "INSERT INTO pair VALUES ('x')",
        );
        expect(meta).toMatchObject({ changes: 1, last_row_id: 3 });
      },
    },
    {
      behaviour: "keeps the rowid of an insert that was undone as last_row_id",
      async run(db) {
        await metaOf(db, item, abc);
        const batch = [db.prepare("INSERT INTO item (id) VALUES (77)"), db.prepare("SELEC 1")];
        await expect(db.batch(batch)).rejects.toThrow("syntax error");
        expect((await metaOf(db, "SELECT 1")).last_row_id).toBe(77);
      },
    },
    {
      behaviour: "rounds a last_row_id beyond 2^53",
      async run(db) {
        const meta = await metaOf(db, item, "INSERT INTO item (id) VALUES (9007199254740993)");
        expect(meta.last_row_id).toBe(9007199254740992);
      },
    },
    {
      behaviour: "shows a rowid of the runtime's own as last_row_id before the first insert",
      async run(db) {
        expect((await metaOf(db, item, "SELECT 1")).last_row_id).toBe(2);
      },
      differs: [
        {
          on: everywhere,
          entry: "meta is that of production",
          async run(db) {
            expect((await metaOf(db, item, "SELECT 1")).last_row_id).toBe(0);
          },
        },
      ],
    },
    {
      behaviour: "sets changed_db after a write, not after a read or a write that found nothing",
      async run(db) {
        expect((await metaOf(db, item)).changed_db).toBe(true);
        expect((await metaOf(db, abc)).changed_db).toBe(true);
        expect((await metaOf(db, "UPDATE item SET n = 1")).changed_db).toBe(true);
        expect((await metaOf(db, "DELETE FROM item WHERE id = 1")).changed_db).toBe(true);
        expect((await metaOf(db, "SELECT * FROM item")).changed_db).toBe(false);
        expect((await metaOf(db, "UPDATE item SET n = 1 WHERE id = 99")).changed_db).toBe(false);
        expect((await metaOf(db, "INSERT OR IGNORE INTO item (name) VALUES ('b')")).changed_db).toBe(false);
        expect((await metaOf(db, "CREATE TABLE IF NOT EXISTS item (x)")).changed_db).toBe(false);
        expect((await metaOf(db, "DROP TABLE IF EXISTS other")).changed_db).toBe(false);
      },
    },
    {
      behaviour: "sets changed_db after a change of the schema only when the file has grown or shrunk",
      async run(db) {
        await metaOf(db, item);
        await metaOf(db, "SELECT 1");
        expect((await metaOf(db, "CREATE VIEW v AS SELECT 1")).changed_db).toBe(false);
        expect((await metaOf(db, "ALTER TABLE item ADD COLUMN size INT")).changed_db).toBe(false);
      },
      differs: [
        {
          on: everywhere,
          entry: "meta is that of production",
          async run(db) {
            await metaOf(db, item);
            expect((await metaOf(db, "CREATE VIEW v AS SELECT 1")).changed_db).toBe(true);
            expect((await metaOf(db, "ALTER TABLE item ADD COLUMN size INT")).changed_db).toBe(true);
          },
        },
      ],
    },
    {
      behaviour: "gives the size of the database in whole pages, and lets it grow",
      async run(db) {
        const before = (await metaOf(db, "CREATE TABLE file (data BLOB)")).size_after;
        const after = (await metaOf(db, "INSERT INTO file VALUES (zeroblob(200000))")).size_after;
        expect(before % 4096).toBe(0);
        expect(after - before).toBeGreaterThanOrEqual(100_000);
      },
    },
    {
      behaviour: "tells of each statement of a batch its own meta",
      async run(db) {
        await metaOf(db, item);
        const results = await db.batch([
          db.prepare("INSERT INTO item (name) VALUES ('a'), ('b')"),
          db.prepare("SELECT * FROM item"),
          db.prepare("UPDATE item SET n = 1 WHERE id = 1"),
        ]);
        expect(results.map(({ meta }) => [meta.changes, meta.last_row_id, meta.changed_db])).toEqual([
          [2, 2, true],
          [0, 2, false],
          [1, 2, true],
        ]);
      },
    },
    {
      behaviour: "agrees within a batch with changes() and last_insert_rowid()",
      async run(db) {
        await metaOf(db, item);
        const results = await db.batch([
          db.prepare(abc),
          db.prepare("UPDATE item SET n = 1 WHERE id > 1"),
          db.prepare("SELECT changes() AS changes, last_insert_rowid() AS id"),
        ]);
        expect(results[2]!.results).toEqual([{ changes: 2, id: 3 }]);
      },
    },
    {
      behaviour: "keeps last_insert_rowid() for the next call",
      async run(db) {
        await metaOf(db, item, abc, "UPDATE item SET n = 1");
        expect(await db.prepare("SELECT last_insert_rowid() AS id").first("id")).toBe(3);
      },
    },
  ],
} satisfies Concept;
