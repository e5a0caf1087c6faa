import { describe, expect, it } from "vitest";
import type { ProcedureDatabase } from "../../src/procedures.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";

async function withItems(database: TestDatabase): Promise<ProcedureDatabase> {
  const db = database.db();
  await db.exec("CREATE TABLE item (name TEXT PRIMARY KEY, stock INTEGER CHECK (stock >= 0))");
  return db;
}

function insert(db: Pick<ProcedureDatabase, "prepare">, name: string, stock = 1) {
  return db.prepare("INSERT INTO item VALUES (?, ?)").bind(name, stock).run();
}

const names = (database: TestDatabase) => database.column("SELECT name FROM item ORDER BY name");

describe("the end of a transaction's callback", () => {
  it(
    "rolls back when the callback throws, and resolves to the very error",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const thrown = Object.assign(new RangeError("no"), { details: { sku: 7 } });
      const result = await db.transaction(async () => {
        await insert(db, "a");
        await insert(db, "b");
        throw thrown;
      });
      expect(result).toEqual({ error: thrown });
      expect((result as { error: Error }).error).toBe(thrown);
      expect(await names(database)).toEqual([]);
    }),
  );

  it(
    "rolls back when a callback that is no async function throws",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const result = await db.transaction(() => {
        throw new Error("at once");
      });
      expect(result).toMatchObject({ error: { message: "at once" } });
      expect(await db.transaction(() => "plain value")).toBe("plain value");
    }),
  );

  it(
    "commits implicitly and gives what the callback returned",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const returned = { rows: 2 };
      const result = await db.transaction(async (txn) => {
        await insert(db, "by db");
        await insert(txn, "by txn");
        return returned;
      });
      expect(result).toBe(returned);
      expect(await names(database)).toEqual(["by db", "by txn"]);
    }),
  );

  it(
    "commits although the callback returns an error: only a throw means failure",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const { error } = await db.transaction(async () => {
        await insert(db, "kept");
        return { error: new Error("told, not thrown") };
      });
      expect(error.message).toBe("told, not thrown");
      expect(await names(database)).toEqual(["kept"]);
    }),
  );

  it(
    "lets the procedure go on after the block, outside of it",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async () => {
        await insert(db, "undone");
        throw new Error("no");
      });
      await insert(db, "after");
      expect(await db.prepare("SELECT name FROM item").first("name")).toBe("after");
      await db.transaction(async () => insert(db, "second block"));
      expect(await names(database)).toEqual(["after", "second block"]);
    }),
  );
});

describe("a statement that fails", () => {
  it(
    "undoes only itself when the callback catches its error and goes on",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await insert(db, "taken");
      const messages: string[] = [];
      await db.transaction(async () => {
        await insert(db, "before");
        for (const name of ["taken", "before"]) {
          await insert(db, name).catch((error: Error) => messages.push(error.message));
        }
        await insert(db, "after");
      });
      expect(messages).toHaveLength(2);
      expect(await names(database)).toEqual(["after", "before", "taken"]);
    }),
  );

  it(
    "undoes all rows of a statement that fails at its last one, and all statements of such a batch or script",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async () => {
        await insert(db, "before");
        const statement = db.prepare("INSERT INTO item VALUES ('x', 1), ('y', 1), ('before', 1)");
        await expect(statement.run()).rejects.toThrow("UNIQUE constraint failed");
        await expect(db.batch([db.prepare("INSERT INTO item VALUES ('z', 1)"), statement])).rejects.toThrow();
        await expect(
          db.exec("INSERT INTO item VALUES ('q', 1); INSERT INTO item VALUES ('r', -1)"),
        ).rejects.toThrow("CHECK constraint failed");
        await scheduler.wait(1);
        await insert(db, "after");
      });
      expect(await names(database)).toEqual(["after", "before"]);
    }),
  );

  it(
    "fails the transaction when the callback does not catch it",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const { error } = await db.transaction(async () => {
        await insert(db, "a");
        await insert(db, "b", -1);
        return { done: true };
      });
      expect(error?.message).toContain("CHECK constraint failed");
      expect(await names(database)).toEqual([]);
    }),
  );
});

describe("txn.rollback()", () => {
  it(
    "undoes what was done so far; later work is committed",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const seen = await db.transaction(async (txn) => {
        await insert(db, "undone");
        await txn.rollback();
        const left = await db.prepare("SELECT count(*) AS n FROM item").first("n");
        await insert(db, "kept");
        return { left };
      });
      expect(seen).toEqual({ left: 0 });
      expect(await names(database)).toEqual(["kept"]);
    }),
  );

  it(
    "undoes what was done before an external wait, and may be repeated",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async (txn) => {
        await txn.rollback();
        for (const name of ["a", "b", "c"]) {
          await insert(db, name);
          await scheduler.wait(1);
          await txn.rollback();
          await txn.rollback();
        }
        await insert(db, "d");
        await scheduler.wait(1);
      });
      expect(await names(database)).toEqual(["d"]);
    }),
  );
});

describe("txn.commit()", () => {
  it(
    "makes the work so far durable: a later throw undoes only what came after the last commit",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const { error } = await db.transaction(async (txn) => {
        await insert(db, "first");
        await txn.commit();
        await insert(db, "second");
        await scheduler.wait(1);
        await txn.commit();
        await insert(db, "third");
        throw new Error("late");
      });
      expect(error.message).toBe("late");
      expect(await names(database)).toEqual(["first", "second"]);
    }),
  );

  it(
    "is what a later rollback goes back to",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async (txn) => {
        await insert(db, "kept");
        await txn.commit();
        await insert(db, "undone");
        await txn.rollback();
        await insert(db, "last");
      });
      expect(await names(database)).toEqual(["kept", "last"]);
    }),
  );

  it(
    "resolves when its rows are there for others, and keeps the mutex",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const other = database.db();
      const order: string[] = [];
      let theirs: Promise<unknown> | undefined;
      await db.transaction(async (txn) => {
        theirs = database.query("INSERT INTO item VALUES ('other', 1)").then(() => order.push("other"));
        await insert(db, "mine");
        await txn.commit();
        order.push("committed");
        expect(await database.column("SELECT name FROM item")).toEqual(["mine"]);
        await scheduler.wait(5);
        await insert(db, "mine too");
        order.push("end of block");
      });
      await theirs;
      expect(order).toEqual(["committed", "end of block", "other"]);
      expect(await other.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(3);
    }),
  );

  it(
    "does nothing when there is nothing to commit",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async (txn) => {
        await txn.commit();
        await txn.commit();
        await insert(db, "a");
        await txn.commit();
        await txn.commit();
        await txn.rollback();
      });
      expect(await names(database)).toEqual(["a"]);
    }),
  );
});
