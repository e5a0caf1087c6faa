import { describe, expect, it } from "vitest";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";

/** The runs by text, of those that mention the table. */
function counts(database: TestDatabase, mention = /item/): Record<string, number> {
  const insights = database.engine.runner.insights.between(0, Number.MAX_SAFE_INTEGER);
  const relevant = insights.filter(({ query }) => mention.test(query));
  return Object.fromEntries(relevant.map(({ query, count }) => [query, count]));
}

async function withItems(database: TestDatabase) {
  const db = database.db();
  await db.exec("CREATE TABLE item (n INTEGER PRIMARY KEY, name TEXT UNIQUE)");
  return db;
}

describe("the insights count", () => {
  it(
    "a run with its rows, from a client, a batch, a script and a procedure alike, and nothing else",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const insert = "INSERT INTO item (name) VALUES (?)";
      await database.query(insert, "a");
      await db.batch([db.prepare(insert).bind("b"), db.prepare(insert).bind("c")]);
      await db.exec("DELETE FROM item WHERE name = 'c'; SELECT 1 FROM item");
      await db.transaction(async (txn) => {
        await txn.prepare(insert).bind("d").run();
      });
      await database.query("SELECT name FROM item WHERE n > ?", 1);
      const all = database.engine.runner.insights.between(0, Date.now());
      expect(Object.fromEntries(all.map(({ query, count, writes }) => [query, [count, writes]]))).toEqual({
        "CREATE TABLE item (n INTEGER PRIMARY KEY, name TEXT UNIQUE)": [1, true],
        [insert]: [4, true],
        "DELETE FROM item WHERE name = 'c'": [1, true],
        "SELECT 1 FROM item": [1, false],
        "SELECT name FROM item WHERE n > ?": [1, false],
      });
      expect(all.find(({ query }) => query === insert)).toMatchObject({ rowsWritten: 8, rowsReturned: 0 });
      expect(all.find(({ query }) => query.includes("n > ?"))).toMatchObject({
        rowsRead: 2,
        rowsWritten: 0,
        rowsReturned: 2,
      });
    }),
  );

  it(
    "a run once, however often its redo log is replayed",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async () => {
        for (const name of ["a", "b", "c"]) {
          await db.prepare("INSERT INTO item (name) VALUES (?)").bind(name).run();
          await scheduler.wait(1);
        }
      });
      expect(await database.column("SELECT count(*) FROM item")).toEqual([3]);
      expect(counts(database, /INSERT/)).toEqual({ "INSERT INTO item (name) VALUES (?)": 3 });
    }),
  );

  it(
    "a run once that has to be repeated in a turn of its own, alone and in a transaction",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.exec("INSERT INTO item VALUES (1, NULL), (2, NULL)");
      const roll = "UPDATE item SET name = n || random() RETURNING name";
      const other = "INSERT INTO item (name) VALUES ('other')";
      await Promise.all([database.query(other), database.query(roll)]);
      await Promise.all([
        database.query("DELETE FROM item WHERE n > 2"),
        db.transaction(async () => {
          await db.prepare(roll).run();
          await db.prepare("SELECT 2 FROM item").all();
        }),
      ]);
      expect(counts(database)).toMatchObject({ [roll]: 2, [other]: 1, "SELECT 2 FROM item": 1 });
    }),
  );

  it(
    "a run whose transaction is rolled back: the work was done",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await db.transaction(async (txn) => {
        await db.prepare("INSERT INTO item (name) VALUES ('gone')").run();
        await txn.rollback();
      });
      expect(await database.column("SELECT count(*) FROM item")).toEqual([0]);
      expect(counts(database, /INSERT/)).toEqual({ "INSERT INTO item (name) VALUES ('gone')": 1 });
    }),
  );

  it(
    "a run that fails, without rows; not one that does not compile, nor one that is refused",
    inDatabase(async (database) => {
      await withItems(database);
      const twice = "INSERT INTO item (name) VALUES ('a'), ('a')";
      await expect(database.query(twice)).rejects.toThrow("UNIQUE");
      await expect(database.query("SELECT missing FROM item")).rejects.toThrow("no such column");
      await expect(database.query("SELEC * FROM item")).rejects.toThrow("syntax error");
      await expect(database.query("ATTACH 'item' AS item")).rejects.toThrow();
      await expect(database.query("INSERT OR ROLLBACK INTO item VALUES (1, 'a')")).rejects.toThrow();
      expect(counts(database, /item(?!.*PRIMARY KEY)/)).toEqual({ [twice]: 1 });
      const [failed] = database.engine.runner.insights
        .between(0, Date.now())
        .filter(({ query }) => query === twice);
      expect(failed).toMatchObject({ rowsRead: 0, rowsWritten: 0, rowsReturned: 0, writes: true });
    }),
  );
});
