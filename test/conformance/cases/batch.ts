import { expect } from "vitest";
import { type Concept, everywhere } from "../conformance-case.ts";
import { expectD1Error, failureOf } from "../failures.ts";

const create = (db: D1Database) =>
  db.prepare("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL)").run();
const insert = (db: D1Database, name: string) => db.prepare("INSERT INTO item (name) VALUES (?)").bind(name);
const count = (db: D1Database) => db.prepare("SELECT count(*) AS n FROM item");

const rowsOf = (results: D1Result[]) => results.map((result) => result.results);

const noStatements = (db: D1Database): unknown[] => [
  "SELECT 1",
  1,
  {},
  undefined,
  db.prepare("SELECT 1").run(),
];

const nothing = "No SQL statements detected.";

export default {
  title: "batch()",
  cases: [
    {
      behaviour: "runs the statements of a batch in order and gives their results in that order",
      async run(db) {
        await create(db);
        const returning = db.prepare("INSERT INTO item (name) VALUES ('b') RETURNING id");
        const results = await db.batch([count(db), insert(db, "a"), count(db), returning, count(db)]);
        expect(rowsOf(results)).toEqual([[{ n: 0 }], [], [{ n: 1 }], [{ id: 2 }], [{ n: 2 }]]);
        expect(results.every(({ success }) => success)).toBe(true);
      },
    },
    {
      behaviour: "undoes the whole batch when a statement fails",
      async run(db) {
        await create(db);
        await expectD1Error(
          db.batch([insert(db, "a"), insert(db, "b"), insert(db, "a"), insert(db, "c")]),
          "UNIQUE constraint failed: item.name: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)",
        );
        expect(await count(db).first("n")).toBe(0);
      },
    },
    {
      behaviour: "keeps what was there before a batch that fails",
      async run(db) {
        await create(db);
        await insert(db, "before").run();
        await expect(db.batch([db.prepare("DELETE FROM item"), db.prepare("SELEC 1")])).rejects.toThrow(
          'near "SELEC": syntax error at offset 0: SQLITE_ERROR',
        );
        expect(await count(db).first("n")).toBe(1);
      },
    },
    {
      behaviour: "undoes changes of the schema with the batch",
      async run(db) {
        const batch = db.batch([
          db.prepare("CREATE TABLE item (name TEXT)"),
          db.prepare("INSERT INTO item VALUES ('a')"),
          db.prepare("SELECT * FROM nothing_of_this_name"),
        ]);
        await expect(batch).rejects.toThrow("no such table: nothing_of_this_name");
        await expectD1Error(count(db).run(), "no such table: item: SQLITE_ERROR");
      },
    },
    {
      behaviour: "uses in a batch what an earlier statement has made",
      async run(db) {
        const results = await db.batch([
          db.prepare("CREATE TABLE item (name TEXT)"),
          db.prepare("INSERT INTO item VALUES ('a')"),
          db.prepare("ALTER TABLE item ADD COLUMN n INT DEFAULT 3"),
          db.prepare("SELECT * FROM item"),
        ]);
        expect(results[3]!.results).toEqual([{ name: "a", n: 3 }]);
      },
    },
    {
      behaviour: "lets a statement of a batch use last_insert_rowid() of the one before",
      async run(db) {
        await create(db);
        await db.batch([
          db.prepare("INSERT INTO item (id, name) VALUES (7, 'a')"),
          db.prepare("INSERT INTO item (name) SELECT 'after ' || last_insert_rowid()"),
        ]);
        expect(await db.prepare("SELECT name FROM item WHERE id = 8").first("name")).toBe("after 7");
      },
    },
    {
      behaviour: "takes the same statement several times, and with several values",
      async run(db) {
        await create(db);
        const add = db.prepare("INSERT INTO item (name) VALUES (?) RETURNING name");
        const all = count(db);
        const results = await db.batch([add.bind("a"), all, add.bind("b"), all, all]);
        expect(rowsOf(results)).toEqual([
          [{ name: "a" }],
          [{ n: 1 }],
          [{ name: "b" }],
          [{ n: 2 }],
          [{ n: 2 }],
        ]);
      },
    },
    {
      behaviour: "runs statements that another database has prepared in its own",
      async run(db, { other }) {
        await create(db);
        const results = await db.batch([insert(other, "a"), other.prepare("SELECT name FROM item")]);
        expect(results[1]!.results).toEqual([{ name: "a" }]);
      },
    },
    {
      behaviour: "runs in a batch whatever has a text and parameters",
      async run(db) {
        const statement = { statement: "SELECT ? AS a", params: [1] } as unknown as D1PreparedStatement;
        expect(rowsOf(await db.batch([statement, db.prepare("SELECT 2 AS a")]))).toEqual([
          [{ a: 1 }],
          [{ a: 2 }],
        ]);
      },
    },
    {
      behaviour: "leaves the statements of a batch usable",
      async run(db) {
        const statement = db.prepare("SELECT ? AS a").bind(1);
        await db.batch([statement]);
        expect(await statement.first("a")).toBe(1);
        expect(await statement.bind(2).first("a")).toBe(2);
      },
    },
    {
      behaviour: "runs 500 statements in a batch",
      async run(db) {
        const results = await db.batch<{ a: number }>(
          Array.from({ length: 500 }, (_, index) => db.prepare("SELECT ? AS a").bind(index)),
        );
        expect(results.map(({ results: [row] }) => row!.a)).toEqual(Array.from({ length: 500 }, (_, i) => i));
      },
    },
    {
      behaviour: "fails for a batch whose statement lacks a value, or is empty",
      async run(db) {
        const wrongNumber = "Wrong number of parameter bindings for SQL query.";
        await expectD1Error(db.batch([db.prepare("SELECT ?")]), wrongNumber);
        await expectD1Error(db.batch([db.prepare("")]), nothing);
      },
    },
    {
      behaviour: "refuses an empty batch",
      async run(db) {
        await expectD1Error(db.batch([]), nothing);
      },
      differs: [
        {
          on: everywhere,
          entry: "Nothing to do is done",
          async run(db) {
            expect(await db.batch([])).toEqual([]);
          },
        },
      ],
    },
    {
      behaviour: "drops an empty statement from a batch, and its result",
      async run(db) {
        const results = await db.batch([
          db.prepare("SELECT 1 AS a"),
          db.prepare(" "),
          db.prepare("SELECT 2 AS a"),
        ]);
        expect(rowsOf(results)).toEqual([[{ a: 1 }], [{ a: 2 }]]);
      },
      differs: [
        {
          on: everywhere,
          entry: "Every statement of a batch has a result",
          async run(db) {
            await expectD1Error(db.batch([db.prepare("SELECT 1 AS a"), db.prepare(" ")]), nothing);
          },
        },
      ],
    },
    {
      behaviour: "rejects with a TypeError for a batch that is no array",
      async run(db) {
        for (const statements of [
          undefined,
          null,
          db.prepare("SELECT 1"),
          new Set([db.prepare("SELECT 1")]),
        ]) {
          const failure = await failureOf(db.batch(statements as unknown as D1PreparedStatement[]));
          expect(failure).toBeInstanceOf(TypeError);
        }
      },
    },
    {
      behaviour: "fails somehow for a batch of things that are no statements",
      async run(db) {
        for (const entry of noStatements(db)) {
          const failure = await failureOf(db.batch([entry as D1PreparedStatement]));
          expect(failure.message).not.toMatch(/^batch\(\)/);
        }
      },
      differs: [
        {
          on: everywhere,
          entry: "Misuse is named where it happens",
          async run(db) {
            for (const entry of noStatements(db)) {
              const failure = await failureOf(db.batch([entry as D1PreparedStatement]));
              expect(failure.message).toMatch(/^batch\(\): entry 0 is not a statement/);
            }
          },
        },
      ],
    },
  ],
} satisfies Concept;
