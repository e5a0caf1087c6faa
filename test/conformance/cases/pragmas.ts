import { expect } from "vitest";
import { type Concept, everywhere } from "../conformance-case.ts";
import { expectD1Error } from "../failures.ts";

const rows = async (db: D1Database, sql: string) => (await db.prepare(sql).all()).results;

const table = "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'x', twice AS (id * 2))";

const column = { notnull: 0, dflt_value: null, pk: 0 };
const id = { ...column, cid: 0, name: "id", type: "INTEGER", pk: 1 };
const name = { ...column, cid: 1, name: "name", type: "TEXT", notnull: 1, dflt_value: "'x'" };

const notAuthorized = [
  "integrity_check",
  "user_version",
  "user_version = 5",
  "journal_mode",
  "journal_mode = DELETE",
  "page_size",
  "page_count",
  "cache_size",
  "synchronous",
  "encoding",
  "compile_options",
  "database_list",
  "function_list",
  "collation_list",
  "schema_version",
  "application_id",
  "writable_schema = ON",
  "wal_checkpoint",
  "freelist_count",
  "no_such_pragma",
];

const switches = [
  "case_sensitive_like",
  "ignore_check_constraints",
  "legacy_alter_table",
  "recursive_triggers",
  "reverse_unordered_selects",
];

export default {
  title: "PRAGMAs",
  cases: [
    {
      behaviour: "describes the columns of a table with table_info and table_xinfo",
      async run(db) {
        await db.prepare(table).run();
        for (const sql of [
          "PRAGMA table_info(item)",
          "PRAGMA table_info('item')",
          "pragma main.table_info(item);",
        ]) {
          expect(await rows(db, sql)).toEqual([id, name]);
        }
        expect(await rows(db, "PRAGMA table_xinfo(item)")).toEqual([
          { ...id, hidden: 0 },
          { ...name, hidden: 0 },
          { ...column, cid: 2, name: "twice", type: "", hidden: 2 },
        ]);
        expect(await rows(db, "PRAGMA table_info(other)")).toEqual([]);
      },
    },
    {
      behaviour: "lists a table with table_list",
      async run(db) {
        await db.prepare(table).run();
        expect(await rows(db, "PRAGMA table_list(item)")).toEqual([
          { schema: "main", name: "item", type: "table", ncol: 3, wr: 0, strict: 0 },
        ]);
      },
    },
    {
      behaviour: "describes indexes with index_list, index_info and index_xinfo",
      async run(db) {
        await db.exec("CREATE TABLE item (name TEXT UNIQUE)\nCREATE INDEX backwards ON item (name DESC)");
        expect(await rows(db, "PRAGMA index_list(item)")).toEqual([
          { seq: 0, name: "backwards", unique: 0, origin: "c", partial: 0 },
          { seq: 1, name: "sqlite_autoindex_item_1", unique: 1, origin: "u", partial: 0 },
        ]);
        expect(await rows(db, "PRAGMA index_info(backwards)")).toEqual([{ seqno: 0, cid: 0, name: "name" }]);
        expect((await rows(db, "PRAGMA index_xinfo(backwards)"))[0]).toEqual({
          seqno: 0,
          cid: 0,
          name: "name",
          desc: 1,
          coll: "BINARY",
          key: 1,
        });
      },
    },
    {
      behaviour: "describes foreign keys with foreign_key_list",
      async run(db) {
        await db.exec(
          "CREATE TABLE parent (id INTEGER PRIMARY KEY)\nCREATE TABLE child (p REFERENCES parent ON DELETE CASCADE)",
        );
        expect(await rows(db, "PRAGMA foreign_key_list(child)")).toEqual([
          {
            id: 0,
            seq: 0,
            table: "parent",
            from: "p",
            to: null,
            on_update: "NO ACTION",
            on_delete: "CASCADE",
            match: "NONE",
          },
        ]);
      },
    },
    {
      behaviour: "takes reporting PRAGMAs as tables",
      async run(db) {
        await db.prepare(table).run();
        expect(await rows(db, "SELECT name FROM pragma_table_info('item')")).toEqual([
          { name: "id" },
          { name: "name" },
        ]);
        expect(await rows(db, "SELECT wr FROM pragma_table_list('item')")).toEqual([{ wr: 0 }]);
        expect(await rows(db, "SELECT * FROM pragma_foreign_keys")).toEqual([{ foreign_keys: 1 }]);
      },
    },
    {
      behaviour: "answers quick_check and optimize",
      async run(db) {
        expect(await rows(db, "PRAGMA quick_check")).toEqual([{ quick_check: "ok" }]);
        expect(await rows(db, "PRAGMA optimize")).toEqual([]);
      },
    },
    {
      behaviour: "tells the settings of the connection",
      async run(db) {
        expect(await rows(db, "PRAGMA foreign_keys")).toEqual([{ foreign_keys: 1 }]);
        expect(await rows(db, "PRAGMA defer_foreign_keys")).toEqual([{ defer_foreign_keys: 0 }]);
        expect(await rows(db, "PRAGMA recursive_triggers")).toEqual([{ recursive_triggers: 0 }]);
      },
    },
    {
      behaviour: "takes PRAGMA foreign_keys = ON, which changes nothing",
      async run(db) {
        expect(await rows(db, "PRAGMA foreign_keys = ON")).toEqual([]);
        expect(await rows(db, "PRAGMA foreign_keys('on')")).toEqual([]);
      },
    },
    ...notAuthorized.map((pragma) => ({
      behaviour: `refuses PRAGMA ${pragma}`,
      run: (db: D1Database) =>
        expectD1Error(db.prepare(`PRAGMA ${pragma}`).all(), "not authorized: SQLITE_AUTH"),
    })),
    ...switches.map((pragma) => ({
      behaviour: `takes PRAGMA ${pragma} = ON`,
      async run(db: D1Database) {
        expect(await rows(db, `PRAGMA ${pragma} = ON`)).toEqual([]);
      },
      differs: [
        {
          on: everywhere,
          entry: "Settings of the connection are refused",
          run: (db: D1Database) =>
            expectD1Error(db.prepare(`PRAGMA ${pragma} = ON`).all(), "not authorized: SQLITE_AUTH"),
        },
      ],
    })),
    {
      behaviour: "leaves case_sensitive_like switched on for whoever comes next",
      async run(db) {
        await db.prepare("PRAGMA case_sensitive_like = ON").run();
        expect(await db.prepare("SELECT 'A' LIKE 'a' AS same").first("same")).toBe(0);
      },
      differs: [
        {
          on: everywhere,
          entry: "Settings of the connection are refused",
          async run(db) {
            await expect(db.prepare("PRAGMA case_sensitive_like = ON").run()).rejects.toThrow(
              "not authorized",
            );
            expect(await db.prepare("SELECT 'A' LIKE 'a' AS same").first("same")).toBe(1);
          },
        },
      ],
    },
  ],
} satisfies Concept;
