import { expect } from "vitest";
import type { Concept } from "../conformance-case.ts";

const item = "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, n INT)";
const abc = "INSERT INTO item (name) VALUES ('a'), ('b'), ('c')";

async function rows(db: D1Database, ...statements: string[]): Promise<{ read: number; written: number }> {
  let meta: D1Meta | undefined;
  for (const sql of statements) ({ meta } = await db.prepare(sql).run());
  return { read: meta!.rows_read, written: meta!.rows_written };
}

/** Reads and writes of a statement on a table of the items a, b and c, whose name is indexed. */
const counted: [what: string, sql: string, read: number, written: number][] = [
  ["a scan of a table", "SELECT * FROM item", 3, 0],
  ["a row by its key", "SELECT * FROM item WHERE id = 2", 1, 0],
  ["a row by an index", "SELECT * FROM item WHERE name = 'b'", 1, 0],
  ["a scan that LIMIT ends", "SELECT * FROM item LIMIT 1", 1, 0],
  ["an aggregate", "SELECT count(*) FROM item", 3, 0],
  ["the last row by its key", "SELECT max(id) FROM item", 1, 0],
  ["a join without an index", "SELECT * FROM item AS a, item AS b", 12, 0],
  ["what is sorted", "SELECT * FROM item ORDER BY n", 6, 0],
  ["no table at all", "SELECT 1", 0, 0],
  ["an insert, with its index", "INSERT INTO item (name) VALUES ('x'), ('y')", 0, 4],
  ["an update of an indexed column", "UPDATE item SET name = name || '2'", 3, 6],
  ["an update of another column", "UPDATE item SET n = 1", 3, 3],
  ["an update that finds nothing", "UPDATE item SET n = 1 WHERE id = 9", 1, 0],
  ["a deletion of everything", "DELETE FROM item", 0, 3],
];

export default {
  title: "rows_read and rows_written",
  cases: [
    ...counted.map(([what, sql, read, written]) => ({
      behaviour: `counts rows of ${what}`,
      async run(db: D1Database) {
        expect(await rows(db, item, abc, sql)).toEqual({ read, written });
      },
    })),
    {
      behaviour: "counts the rows of the schema that a CREATE TABLE writes",
      async run(db) {
        expect(await rows(db, "CREATE TABLE plain (a)")).toEqual({ read: 1, written: 2 });
        expect(await rows(db, item)).toEqual({ read: 1, written: 3 });
      },
    },
    {
      behaviour: "counts the rows of an index that is made",
      async run(db) {
        expect((await rows(db, item, abc, "CREATE INDEX by_n ON item (n)")).written).toBe(4);
      },
    },
    {
      behaviour: "counts the rows that triggers and cascades write",
      async run(db) {
        const child = "CREATE TABLE part (item REFERENCES item ON DELETE CASCADE)";
        const parts = "INSERT INTO part VALUES (1), (1), (2)";
        expect((await rows(db, item, abc, child, parts, "DELETE FROM item WHERE id = 1")).written).toBe(3);
      },
    },
    {
      behaviour: "counts the rows of a recursive query",
      async run(db) {
        const sql =
          "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT i FROM n";
        expect((await rows(db, sql)).written).toBe(0);
      },
    },
  ],
} satisfies Concept;
