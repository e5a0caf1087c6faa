import { expect } from "vitest";
import type { Concept } from "../conformance-case.ts";
import { expectD1Error } from "../failures.ts";

const violated = "FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)";

async function parentAndChild(db: D1Database, actions = ""): Promise<void> {
  await db.batch([
    db.prepare("CREATE TABLE parent (id INTEGER PRIMARY KEY)"),
    db.prepare(`CREATE TABLE child (parent INT REFERENCES parent (id) ${actions})`),
    db.prepare("INSERT INTO parent VALUES (1), (2)"),
    db.prepare("INSERT INTO child VALUES (1), (2)"),
  ]);
}

const children = (db: D1Database) => db.prepare("SELECT parent FROM child ORDER BY rowid").raw();
const orphan = (db: D1Database) => db.prepare("INSERT INTO child VALUES (9)");
const deferring = (db: D1Database) => db.prepare("PRAGMA defer_foreign_keys = ON");

/** A table's rebuild as the tools for migrations write it. */
const rebuild = [
  "PRAGMA foreign_keys = OFF",
  "CREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT)",
  "INSERT INTO new_parent (id) SELECT id FROM parent",
  "DROP TABLE parent",
  "ALTER TABLE new_parent RENAME TO parent",
  "PRAGMA foreign_keys = ON",
];

const violating = (db: D1Database) => [
  db.prepare("PRAGMA foreign_keys = OFF"),
  orphan(db),
  db.prepare("PRAGMA foreign_keys = ON"),
];

const rebuilds: Record<string, (db: D1Database) => Promise<unknown>> = {
  "a batch": (db) => db.batch(rebuild.map((sql) => db.prepare(sql))),
  "a script": (db) => db.exec(rebuild.join(";\n")),
  "a text of several statements": (db) => db.prepare(rebuild.join("; ")).run(),
};

export default {
  title: "Foreign keys",
  cases: [
    {
      behaviour: "enforces foreign keys without being asked",
      async run(db) {
        await parentAndChild(db);
        expect(await db.prepare("PRAGMA foreign_keys").first()).toEqual({ foreign_keys: 1 });
        await expectD1Error(orphan(db).run(), violated);
        await expectD1Error(db.prepare("DELETE FROM parent WHERE id = 1").run(), violated);
        expect(await children(db)).toEqual([[1], [2]]);
      },
    },
    {
      behaviour: "takes NULL for a reference to nothing",
      async run(db) {
        await parentAndChild(db);
        await db.prepare("INSERT INTO child VALUES (NULL)").run();
        expect(await children(db)).toEqual([[1], [2], [null]]);
      },
    },
    {
      behaviour: "cascades deletions and updates",
      async run(db) {
        await parentAndChild(db, "ON DELETE CASCADE ON UPDATE CASCADE");
        await db.prepare("DELETE FROM parent WHERE id = 1").run();
        await db.prepare("UPDATE parent SET id = 5").run();
        expect(await children(db)).toEqual([[5]]);
      },
    },
    {
      behaviour: "sets references to NULL where that is asked for",
      async run(db) {
        await parentAndChild(db, "ON DELETE SET NULL");
        await db.prepare("DELETE FROM parent WHERE id = 1").run();
        expect(await children(db)).toEqual([[null], [2]]);
      },
    },
    {
      behaviour: "tells of a reference to a table that is not there when a row is written",
      async run(db) {
        await db.prepare("CREATE TABLE child (parent INT REFERENCES parent)").run();
        await expectD1Error(orphan(db).run(), "no such table: main.parent: SQLITE_ERROR");
      },
    },
    {
      behaviour: "drops a parent table together with the rows that cascade from it",
      async run(db) {
        await parentAndChild(db, "ON DELETE CASCADE");
        await db.prepare("DROP TABLE parent").run();
        expect(await children(db)).toEqual([]);
      },
    },
    {
      behaviour: "refuses to drop a parent table whose rows others need",
      async run(db) {
        await parentAndChild(db);
        await expectD1Error(db.prepare("DROP TABLE parent").run(), violated);
        expect(await db.prepare("SELECT count(*) AS n FROM parent").first("n")).toBe(2);
      },
    },
    {
      behaviour: "waits to the end of a batch with PRAGMA defer_foreign_keys",
      async run(db) {
        await parentAndChild(db);
        await db.batch([deferring(db), orphan(db), db.prepare("INSERT INTO parent VALUES (9)")]);
        expect(await children(db)).toEqual([[1], [2], [9]]);
      },
    },
    {
      behaviour: "waits to the end of a script with PRAGMA defer_foreign_keys",
      async run(db) {
        await parentAndChild(db);
        await db.exec(
          "PRAGMA defer_foreign_keys = ON;\nINSERT INTO child VALUES (9);\nINSERT INTO parent VALUES (9);",
        );
        expect(await children(db)).toEqual([[1], [2], [9]]);
      },
    },
    {
      behaviour: "ends the deferral with the call that asked for it",
      async run(db) {
        await parentAndChild(db);
        await deferring(db).run();
        await expectD1Error(orphan(db).run(), violated);
      },
      differs: [
        {
          on: ["transaction"],
          entry: "In a transaction, deferred keys wait for its end",
          async run(db) {
            await parentAndChild(db);
            await deferring(db).run();
            await orphan(db).run();
            await db.prepare("INSERT INTO parent VALUES (9)").run();
            expect(await children(db)).toEqual([[1], [2], [9]]);
          },
        },
      ],
    },
    {
      behaviour: "checks a key that is DEFERRABLE INITIALLY DEFERRED at the end of a batch",
      async run(db) {
        await parentAndChild(db, "DEFERRABLE INITIALLY DEFERRED");
        await db.batch([orphan(db), db.prepare("INSERT INTO parent VALUES (9)")]);
        expect(await children(db)).toEqual([[1], [2], [9]]);
      },
    },
    {
      behaviour: "fails for a batch that leaves a deferred key violated, and leaves nothing of it",
      async run(db) {
        await parentAndChild(db);
        await expect(db.batch([deferring(db), orphan(db)])).rejects.toThrow("FOREIGN KEY constraint failed");
        expect(await children(db)).toEqual([[1], [2]]);
      },
      differs: [
        {
          on: ["transaction"],
          entry: "In a transaction, deferred keys wait for its end",
          async run(db) {
            await parentAndChild(db);
            await db.batch([deferring(db), orphan(db)]);
            expect(await children(db)).toEqual([[1], [2], [9]]);
            await db.prepare("INSERT INTO parent VALUES (9)").run();
          },
        },
      ],
    },
    {
      behaviour: "resets the database when a deferred key is violated at the commit",
      async run(db) {
        await parentAndChild(db, "DEFERRABLE INITIALLY DEFERRED");
        await expect(orphan(db).run()).rejects.toThrow("Durable Object was reset");
      },
      differs: [
        {
          on: ["Durable Object binding", "service binding", "procedure"],
          entry: "A deferred key that is violated is an ordinary error",
          async run(db) {
            await parentAndChild(db, "DEFERRABLE INITIALLY DEFERRED");
            await expectD1Error(orphan(db).run(), violated);
            expect(await children(db)).toEqual([[1], [2]]);
          },
        },
        {
          on: ["transaction"],
          entry: "In a transaction, deferred keys wait for its end",
          async run(db) {
            await parentAndChild(db, "DEFERRABLE INITIALLY DEFERRED");
            await orphan(db).run();
            await db.prepare("DELETE FROM child WHERE parent = 9").run();
          },
        },
      ],
    },
    {
      behaviour: "goes on enforcing foreign keys after PRAGMA foreign_keys = OFF",
      async run(db) {
        await parentAndChild(db);
        expect((await db.prepare("PRAGMA foreign_keys = OFF").all()).results).toEqual([]);
        expect(await db.prepare("PRAGMA foreign_keys").first("foreign_keys")).toBe(1);
        await expectD1Error(orphan(db).run(), violated);
      },
    },
    ...Object.entries(rebuilds).map(([how, rebuild]) => ({
      behaviour: `loses the children when ${how} rebuilds their parent without foreign keys`,
      async run(db: D1Database) {
        await parentAndChild(db, "ON DELETE CASCADE");
        await rebuild(db);
        expect(await children(db)).toEqual([]);
      },
      differs: [
        {
          on: ["Durable Object binding", "service binding", "procedure"] as const,
          entry: "PRAGMA foreign_keys = OFF lets a migration rebuild a table",
          async run(db: D1Database) {
            await parentAndChild(db, "ON DELETE CASCADE");
            await rebuild(db);
            expect(await children(db)).toEqual([[1], [2]]);
            await expectD1Error(orphan(db).run(), violated);
          },
        },
      ],
    })),
    {
      behaviour: "stops a batch without foreign keys at the statement that violates one",
      async run(db) {
        await parentAndChild(db);
        await expectD1Error(db.batch(violating(db)), violated);
        expect(await children(db)).toEqual([[1], [2]]);
      },
      differs: [
        {
          on: ["Durable Object binding", "service binding", "procedure"],
          entry: "PRAGMA foreign_keys = OFF lets a migration rebuild a table",
          async run(db) {
            await parentAndChild(db);
            await expect(db.batch(violating(db))).rejects.toMatchObject({
              message: expect.stringMatching(
                /^D1_ERROR: FOREIGN KEY constraint failed: .* rowid 3 of "child"/,
              ),
              code: "SQLITE_CONSTRAINT_FOREIGNKEY",
            });
            expect(await children(db)).toEqual([[1], [2]]);
          },
        },
      ],
    },
    {
      behaviour: "finds nothing to complain of with PRAGMA foreign_key_check",
      async run(db) {
        await parentAndChild(db);
        expect((await db.prepare("PRAGMA foreign_key_check").all()).results).toEqual([]);
      },
    },
  ],
} satisfies Concept;
