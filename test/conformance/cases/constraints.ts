import { expect } from "vitest";
import { type Concept, everywhere } from "../conformance-case.ts";
import { expectD1Error } from "../failures.ts";

const item = "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, n INT CHECK (n < 100))";

const run = (db: D1Database, sql: string) => db.prepare(sql).run();
const names = (db: D1Database) => db.prepare("SELECT name FROM item ORDER BY id").raw();

const rollingBack =
  "CREATE TRIGGER t BEFORE INSERT ON other WHEN new.n = 2 BEGIN SELECT RAISE(ROLLBACK, 'not today'); END";

/** A constraint's message with the code of its kind. */
const violated = (message: string, kind: string) =>
  `${message}: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_${kind})`;

const violations: [what: string, sql: string, message: string][] = [
  [
    "UNIQUE",
    "INSERT INTO item (name) VALUES ('a')",
    violated("UNIQUE constraint failed: item.name", "UNIQUE"),
  ],
  [
    "PRIMARY KEY",
    "INSERT INTO item (id, name) VALUES (1, 'b')",
    violated("UNIQUE constraint failed: item.id", "PRIMARYKEY"),
  ],
  [
    "NOT NULL",
    "INSERT INTO item (name) VALUES (NULL)",
    violated("NOT NULL constraint failed: item.name", "NOTNULL"),
  ],
  [
    "CHECK",
    "INSERT INTO item (name, n) VALUES ('b', 100)",
    violated("CHECK constraint failed: n < 100", "CHECK"),
  ],
  [
    "an INTEGER PRIMARY KEY that is text",
    "INSERT INTO item (id, name) VALUES ('x', 'b')",
    "datatype mismatch: SQLITE_MISMATCH",
  ],
];

export default {
  title: "Constraints",
  cases: [
    ...violations.map(([what, sql, message]) => ({
      behaviour: `refuses what violates ${what}, with the extended code`,
      async run(db: D1Database) {
        await run(db, item);
        await run(db, "INSERT INTO item (name) VALUES ('a')");
        await expectD1Error(run(db, sql), message);
        expect(await names(db)).toEqual([["a"]]);
      },
    })),
    {
      behaviour: "names a constraint by its name, and all columns of a key",
      async run(db) {
        await run(db, "CREATE TABLE pair (a INT CONSTRAINT small CHECK (a < 3), b INT, UNIQUE (a, b))");
        await run(db, "INSERT INTO pair VALUES (1, 2)");
        const unique = violated("UNIQUE constraint failed: pair.a, pair.b", "UNIQUE");
        await expectD1Error(run(db, "INSERT INTO pair VALUES (1, 2)"), unique);
        await expectD1Error(
          run(db, "INSERT INTO pair VALUES (3, 2)"),
          violated("CHECK constraint failed: small", "CHECK"),
        );
      },
    },
    {
      behaviour: "undoes the whole statement, by default and with OR ABORT",
      async run(db) {
        await run(db, item);
        for (const clause of ["", "OR ABORT"]) {
          const insert = run(db, `INSERT ${clause} INTO item (name) VALUES ('a'), ('a')`);
          await expect(insert).rejects.toThrow("UNIQUE constraint failed");
          expect(await names(db)).toEqual([]);
        }
      },
    },
    {
      behaviour: "undoes the whole statement with OR FAIL too",
      async run(db) {
        await run(db, item);
        const insert = run(db, "INSERT OR FAIL INTO item (name) VALUES ('a'), ('a')");
        await expect(insert).rejects.toThrow("UNIQUE constraint failed");
        expect(await names(db)).toEqual([]);
      },
    },
    {
      behaviour: "skips the row with OR IGNORE, replaces the other with OR REPLACE",
      async run(db) {
        await run(db, item);
        await run(db, "INSERT OR IGNORE INTO item (name) VALUES ('a'), ('a'), (NULL), ('b')");
        expect(await names(db)).toEqual([["a"], ["b"]]);
        await run(db, "INSERT OR REPLACE INTO item (name) VALUES ('a')");
        expect(await names(db)).toEqual([["b"], ["a"]]);
      },
    },
    {
      behaviour: "takes OR ROLLBACK as long as nothing conflicts",
      async run(db) {
        await run(db, item);
        await run(db, "INSERT OR ROLLBACK INTO item (name) VALUES ('a')");
        expect(await names(db)).toEqual([["a"]]);
      },
      differs: [
        {
          on: everywhere,
          entry: "OR ROLLBACK is refused",
          async run(db) {
            await run(db, item);
            const insert = run(db, "INSERT OR ROLLBACK INTO item (name) VALUES ('a')");
            await expect(insert).rejects.toMatchObject({ code: "STATEMENT_REFUSED" });
            expect(await names(db)).toEqual([]);
          },
        },
      ],
    },
    {
      behaviour: "takes constraints and triggers that would roll back, as long as they do not",
      async run(db) {
        await run(db, "CREATE TABLE item (name TEXT UNIQUE ON CONFLICT ROLLBACK)");
        await run(db, "CREATE TABLE other (n INT)");
        await run(db, rollingBack);
        await run(db, "INSERT INTO item VALUES ('a')");
        await run(db, "INSERT INTO other VALUES (1)");
        expect(await db.prepare("SELECT name, n FROM item, other").raw()).toEqual([["a", 1]]);
      },
      differs: [
        {
          on: everywhere,
          entry: "OR ROLLBACK is refused",
          async run(db) {
            await run(db, "CREATE TABLE item (name TEXT UNIQUE ON CONFLICT ROLLBACK)");
            await run(db, "CREATE TABLE other (n INT)");
            await run(db, rollingBack);
            const refused = { code: "STATEMENT_REFUSED" };
            await expect(run(db, "INSERT INTO item VALUES ('a')")).rejects.toMatchObject(refused);
            await expect(run(db, "INSERT INTO other VALUES (1)")).rejects.toMatchObject(refused);
          },
        },
      ],
    },
    {
      behaviour: "refuses a value of another type in a STRICT table",
      async run(db) {
        await run(db, "CREATE TABLE exact (i INTEGER, t TEXT, a ANY) STRICT");
        const insert = db.prepare("INSERT INTO exact VALUES (?, ?, ?)");
        await insert.bind(1, "x", 1.5).run();
        await expectD1Error(
          insert.bind(1.5, "x", null).run(),
          violated("cannot store REAL value in INTEGER column exact.i", "DATATYPE"),
        );
        await expectD1Error(
          insert.bind(1, new Uint8Array(1), null).run(),
          violated("cannot store BLOB value in TEXT column exact.t", "DATATYPE"),
        );
        expect(await db.prepare("SELECT i, typeof(i) AS type, a FROM exact").raw()).toEqual([
          [1, "integer", 1.5],
        ]);
      },
    },
    {
      behaviour: "refuses an unknown type in a STRICT table",
      async run(db) {
        const message = 'unknown datatype for exact.i: "VARCHAR": SQLITE_ERROR';
        await expectD1Error(run(db, "CREATE TABLE exact (i VARCHAR) STRICT"), message);
      },
    },
    {
      behaviour: "checks a partial unique index only where it applies",
      async run(db) {
        await run(db, "CREATE TABLE item (name TEXT, gone INT)");
        await run(db, "CREATE UNIQUE INDEX live ON item (name) WHERE gone IS NULL");
        await run(db, "INSERT INTO item VALUES ('a', 1), ('a', 2), ('a', NULL)");
        const message = violated("UNIQUE constraint failed: item.name", "UNIQUE");
        await expectD1Error(run(db, "INSERT INTO item VALUES ('a', NULL)"), message);
      },
    },
    {
      behaviour: "refuses ON CONFLICT on columns without a constraint",
      async run(db) {
        await run(db, item);
        await expectD1Error(
          run(db, "INSERT INTO item (name) VALUES ('a') ON CONFLICT (n) DO NOTHING"),
          "ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint: SQLITE_ERROR",
        );
      },
    },
    {
      behaviour: "refuses to add a column that existing rows would violate",
      async run(db) {
        await run(db, "CREATE TABLE item (name TEXT)");
        await run(db, "INSERT INTO item VALUES ('a')");
        await expectD1Error(
          run(db, "ALTER TABLE item ADD COLUMN n INT NOT NULL"),
          "Cannot add a NOT NULL column with default value NULL: SQLITE_ERROR",
        );
      },
    },
  ],
} satisfies Concept;
