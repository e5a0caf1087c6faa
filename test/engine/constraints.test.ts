import { describe, expect, it } from "vitest";
import type { ProcedureDatabase } from "../../src/procedures.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";

const schema = `
  CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT UNIQUE, balance INTEGER DEFAULT 0 CHECK (balance >= 0));
  CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parent);
  CREATE TABLE lazy_child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
`;

const foreignKeyFailure = {
  message:
    "D1_ERROR: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)",
  code: "SQLITE_CONSTRAINT_FOREIGNKEY",
};

async function withSchema(database: TestDatabase): Promise<ProcedureDatabase> {
  const db = database.db();
  await db.exec(schema);
  return db;
}

const count = async (database: TestDatabase) => {
  const [row] = await database.query(
    "SELECT (SELECT count(*) FROM parent), (SELECT count(*) FROM child), (SELECT count(*) FROM lazy_child)",
  );
  return row;
};

describe("a constraint", () => {
  const cases = [
    ["CHECK", "UPDATE parent SET balance = -1", "SQLITE_CONSTRAINT_CHECK"],
    ["UNIQUE", "INSERT INTO parent (name) VALUES ('a')", "SQLITE_CONSTRAINT_UNIQUE"],
    ["PRIMARY KEY", "INSERT INTO parent (id) VALUES (1)", "SQLITE_CONSTRAINT_PRIMARYKEY"],
    ["NOT NULL", "INSERT INTO child (parent) VALUES (NULL)", "SQLITE_CONSTRAINT_NOTNULL"],
    ["FOREIGN KEY", "INSERT INTO child (parent) VALUES (99)", "SQLITE_CONSTRAINT_FOREIGNKEY"],
  ];

  it.each(cases)(
    "%s fails its statement with SQLite's code and rolls the transaction back",
    async (_, sql, code) =>
      inDatabase(async (database) => {
        const db = await withSchema(database);
        const { error } = await db.transaction(async () => {
          await db.prepare("INSERT INTO parent (id, name) VALUES (1, 'a')").run();
          await db.prepare(sql!).run();
          return { done: true };
        });
        expect(error).toMatchObject({
          code,
          message: expect.stringMatching(/^D1_ERROR: .* constraint failed/),
        });
        expect(error?.cause).toBeInstanceOf(Error);
        expect(await count(database)).toEqual([0, 0, 0]);
      })(),
  );
});

describe("a deferred foreign key", () => {
  it(
    "that is violated at the end fails the transaction as a constraint does, and the database lives on",
    inDatabase(async (database) => {
      const db = await withSchema(database);
      const { error } = await db.transaction(async () => {
        await db.prepare("INSERT INTO parent (id) VALUES (1)").run();
        await db.prepare("INSERT INTO lazy_child (parent) VALUES (99)").run();
        return { done: true };
      });
      expect(error).toMatchObject(foreignKeyFailure);
      expect(await count(database)).toEqual([0, 0, 0]);
      await db.prepare("INSERT INTO parent (id) VALUES (2)").run();
      expect(await count(database)).toEqual([1, 0, 0]);
    }),
  );

  it(
    "that is violated by deleting the parent fails the transaction",
    inDatabase(async (database) => {
      const db = await withSchema(database);
      await db.exec("INSERT INTO parent (id) VALUES (1); INSERT INTO lazy_child (parent) VALUES (1)");
      const { error } = await db.transaction(async () => {
        await db.prepare("DELETE FROM parent").run();
        await scheduler.wait(1);
        return { done: true };
      });
      expect(error).toMatchObject(foreignKeyFailure);
      expect(await count(database)).toEqual([1, 0, 1]);
    }),
  );

  it(
    "that is violated fails a single write, a batch and a script",
    inDatabase(async (database) => {
      const db = await withSchema(database);
      const orphan = db.prepare("INSERT INTO lazy_child (parent) VALUES (99)");
      await expect(orphan.run()).rejects.toMatchObject(foreignKeyFailure);
      await expect(
        db.batch([orphan, db.prepare("INSERT INTO parent (id) VALUES (1)")]),
      ).rejects.toMatchObject(foreignKeyFailure);
      await expect(db.exec("INSERT INTO lazy_child (parent) VALUES (99)")).rejects.toMatchObject({
        code: "SQLITE_CONSTRAINT_FOREIGNKEY",
      });
      expect(await count(database)).toEqual([0, 0, 0]);
    }),
  );

  it(
    "may be repaired before the end, also across an external wait",
    inDatabase(async (database) => {
      const db = await withSchema(database);
      await db.transaction(async () => {
        await db.prepare("INSERT INTO lazy_child (parent) VALUES (7)").run();
        await scheduler.wait(1);
        await db.prepare("INSERT INTO parent (id) VALUES (7)").run();
      });
      expect(await count(database)).toEqual([1, 0, 1]);
    }),
  );

  it(
    "makes txn.commit() fail without ending the block, which may repair it and commit",
    inDatabase(async (database) => {
      const db = await withSchema(database);
      const result = await db.transaction(async (txn) => {
        await db.prepare("INSERT INTO lazy_child (parent) VALUES (7)").run();
        await expect(txn.commit()).rejects.toMatchObject(foreignKeyFailure);
        await db.prepare("INSERT INTO parent (id) VALUES (7)").run();
        await txn.commit();
        await db.prepare("INSERT INTO lazy_child (parent) VALUES (8)").run();
        await expect(txn.commit()).rejects.toMatchObject(foreignKeyFailure);
        await txn.rollback();
        return "done";
      });
      expect(result).toBe("done");
      expect(await count(database)).toEqual([1, 0, 1]);
    }),
  );

  it(
    "leaves the counts that statements report untouched by its check",
    inDatabase(async (database) => {
      const db = await withSchema(database);
      const [, update, inTransaction] = await Promise.all([
        db.exec("INSERT INTO lazy_child (parent) VALUES (1); INSERT INTO parent (id, name) VALUES (1, 'a')"),
        db.prepare("UPDATE parent SET name = 'b'").run(),
        db.transaction(async (txn) => {
          await db.prepare("INSERT INTO lazy_child (id, parent) VALUES (41, 1)").run();
          await txn.commit();
          const { meta } = await db.prepare("UPDATE parent SET name = 'c'").run();
          // A replay checks what the statement reported the first time.
          await scheduler.wait(1);
          await db.prepare("INSERT INTO parent (name) VALUES ('d')").run();
          return { changes: meta.changes };
        }),
      ]);
      expect(update.meta.changes).toBe(1);
      expect(inTransaction).toEqual({ changes: 1 });
      expect(await count(database)).toEqual([2, 0, 2]);
    }),
  );
});

describe("PRAGMA defer_foreign_keys", () => {
  it(
    "defers every foreign key to the end of the transaction, also across an external wait",
    inDatabase(async (database) => {
      const db = await withSchema(database);
      await db.transaction(async () => {
        await db.prepare("PRAGMA defer_foreign_keys = ON").run();
        await db.prepare("INSERT INTO child (parent) VALUES (7)").run();
        await scheduler.wait(1);
        await db.prepare("INSERT INTO child (parent) VALUES (7)").run();
        await db.prepare("INSERT INTO parent (id) VALUES (7)").run();
      });
      expect(await count(database)).toEqual([1, 2, 0]);
    }),
  );

  it(
    "fails the transaction when a key is violated at its end, and does not outlive it",
    inDatabase(async (database) => {
      const db = await withSchema(database);
      const { error } = await db.transaction(async () => {
        await db.prepare("PRAGMA defer_foreign_keys = ON").run();
        await db.prepare("INSERT INTO child (parent) VALUES (7)").run();
        return { done: true };
      });
      expect(error).toMatchObject(foreignKeyFailure);
      await expect(db.prepare("INSERT INTO child (parent) VALUES (7)").run()).rejects.toMatchObject(
        foreignKeyFailure,
      );
      expect(await count(database)).toEqual([0, 0, 0]);
    }),
  );

  it(
    "works in a batch, all or nothing",
    inDatabase(async (database) => {
      const db = await withSchema(database);
      const on = db.prepare("PRAGMA defer_foreign_keys = ON");
      const orphan = db.prepare("INSERT INTO child (parent) VALUES (7)");
      const parent = db.prepare("INSERT INTO parent (id) VALUES (7)");
      await expect(db.batch([on, orphan])).rejects.toMatchObject(foreignKeyFailure);
      await db.batch([on, orphan, parent]);
      expect(await count(database)).toEqual([1, 1, 0]);
    }),
  );

  it(
    "that a failing batch has asked for ends with the batch, also when the transaction is replayed",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p)");
      const { error } = await db.transaction(async () => {
        await db.prepare("INSERT INTO p VALUES (1)").run();
        const failing = [
          db.prepare("PRAGMA defer_foreign_keys = ON"),
          db.prepare("INSERT INTO missing VALUES (1)"),
        ];
        await expect(db.batch(failing)).rejects.toThrow("no such table");
        await expect(db.prepare("INSERT INTO c VALUES (7)").run()).rejects.toThrow("FOREIGN KEY");
        await db.prepare("INSERT INTO c VALUES (1)").run();
        await scheduler.wait(1);
        await db.prepare("INSERT INTO p VALUES (2)").run();
      });
      expect(error).toBeUndefined();
      expect(await database.query("SELECT p FROM c")).toEqual([[1]]);
    }),
  );
});
