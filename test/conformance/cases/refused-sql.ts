import { expect } from "vitest";
import type { Concept } from "../conformance-case.ts";
import { expectD1Error } from "../failures.ts";

const notAuthorized = "not authorized: SQLITE_AUTH";

const refused: [what: string, sql: string, message: string][] = [
  ["ATTACH", "ATTACH ':memory:' AS other", notAuthorized],
  ["DETACH", "DETACH main", notAuthorized],
  ["VACUUM", "VACUUM", "cannot VACUUM from within a transaction: SQLITE_ERROR"],
  ["temporary tables", "CREATE TEMP TABLE item (a)", notAuthorized],
  ["temporary views", "CREATE TEMP VIEW v AS SELECT 1", notAuthorized],
  ["tables whose name starts with _cf_", "CREATE TABLE _cf_item (a)", notAuthorized],
  ["FTS4", "CREATE VIRTUAL TABLE f USING fts4(a)", notAuthorized],
  ["R-trees", "CREATE VIRTUAL TABLE r USING rtree(id, a, b)", notAuthorized],
  ["load_extension()", "SELECT load_extension('x')", "not authorized: SQLITE_ERROR"],
  [
    "sqlite_version()",
    "SELECT sqlite_version()",
    "not authorized to use function: sqlite_version at offset 7: SQLITE_ERROR",
  ],
  ["readfile()", "SELECT readfile('x')", "no such function: readfile at offset 7: SQLITE_ERROR"],
  ["REGEXP", "SELECT 'a' REGEXP 'a'", "no such function: REGEXP at offset 11: SQLITE_ERROR"],
  ["soundex()", "SELECT soundex('x')", "no such function: soundex at offset 7: SQLITE_ERROR"],
  [
    "generate_series()",
    "SELECT * FROM generate_series(1, 3)",
    "no such table: generate_series: SQLITE_ERROR",
  ],
  [
    "sqlite_source_id()",
    "SELECT sqlite_source_id()",
    "not authorized to use function: sqlite_source_id at offset 7: SQLITE_ERROR",
  ],
  ["PRAGMAs as tables that are not available", "SELECT * FROM pragma_user_version", notAuthorized],
  ["dbstat", "SELECT * FROM dbstat", "no such table: dbstat: SQLITE_ERROR"],
];

export default {
  title: "SQL that is not available",
  cases: [
    ...refused.map(([what, sql, message]) => ({
      behaviour: `does not have ${what}`,
      run: (db: D1Database) => expectD1Error(db.prepare(sql).all(), message),
    })),
    {
      behaviour: "has ANALYZE, REINDEX and EXPLAIN",
      async run(db) {
        await db.prepare("CREATE TABLE item (name TEXT UNIQUE)").run();
        expect((await db.prepare("ANALYZE").all()).results).toEqual([]);
        expect((await db.prepare("REINDEX").all()).results).toEqual([]);
        const { results: program } = await db.prepare("EXPLAIN SELECT * FROM item").all();
        expect(program[0]).toMatchObject({ addr: 0, opcode: "Init" });
        const [plan] = (await db.prepare("EXPLAIN QUERY PLAN SELECT * FROM item WHERE name = 'a'").all())
          .results;
        expect(plan).toMatchObject({ detail: expect.stringMatching(/^SEARCH item USING COVERING INDEX/) });
      },
    },
    {
      behaviour: "explains a write without doing it",
      async run(db) {
        await db.prepare("CREATE TABLE item (name TEXT)").run();
        await db.prepare("EXPLAIN INSERT INTO item VALUES (?)").bind("a").all();
        expect(await db.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(0);
      },
    },
    {
      behaviour: "has dump(), which does not work any more",
      async run(db) {
        const dump = db.dump();
        await expect(dump).rejects.toThrow("D1_DUMP_ERROR: ");
        await expect(dump).rejects.toHaveProperty("cause", expect.any(Error));
      },
    },
  ],
} satisfies Concept;
