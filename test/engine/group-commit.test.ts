import { describe, expect, it } from "vitest";
import type { ProcedureDatabase } from "../../src/procedures.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";

async function withItems(database: TestDatabase): Promise<ProcedureDatabase> {
  const db = database.db();
  await db.exec(`
    CREATE TABLE item (n INTEGER PRIMARY KEY CHECK (n < 100));
    CREATE TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TABLE child (parent INTEGER REFERENCES parent);
    CREATE TABLE lazy_child (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
  `);
  return db;
}

const items = (database: TestDatabase) => database.column("SELECT n FROM item ORDER BY n");

/** Twelve writers at once, among them the given one: their results, and the rows at the end. */
async function amidNeighbours(database: TestDatabase, middle: (db: ProcedureDatabase) => Promise<unknown>) {
  const write = (n: number) => {
    const db = database.db();
    const insert = () => db.prepare("INSERT INTO item VALUES (?)").bind(n).run();
    return n % 2 === 0 ? insert() : db.transaction(async () => ({ changes: (await insert()).meta.changes }));
  };
  const before = [1, 2, 3, 4, 5, 6].map(write);
  const failing = middle(database.db());
  const after = [7, 8, 9, 10, 11, 12].map(write);
  const results = await Promise.allSettled([...before, failing, ...after]);
  return { middle: results[6]!, others: [...results.slice(0, 6), ...results.slice(7)] };
}

describe("a failure in the middle of a group", () => {
  const failures: [string, (db: ProcedureDatabase) => Promise<unknown>][] = [
    [
      "a transaction that throws after writing",
      (db) =>
        db.transaction(
          async () => {
            await db.prepare("INSERT INTO item VALUES (50), (51)").run();
            throw new Error("no");
          },
          { onError: "throw" },
        ),
    ],
    [
      "a transaction that throws before writing",
      (db) =>
        db.transaction(
          async () => {
            await db.prepare("SELECT * FROM item").run();
            throw new Error("no");
          },
          { onError: "throw" },
        ),
    ],
    ["a single write that fails", (db) => db.prepare("INSERT INTO item VALUES (50), (100)").run()],
    [
      "a batch whose last statement fails",
      (db) =>
        db.batch([db.prepare("INSERT INTO item VALUES (50)"), db.prepare("INSERT INTO item VALUES (100)")]),
    ],
    ["a script that fails", (db) => db.exec("INSERT INTO item VALUES (50); INSERT INTO item VALUES (1)")],
    ["a statement that does not compile", (db) => db.prepare("INSERT INTO nowhere VALUES (1)").run()],
    ["an INSERT OR FAIL", (db) => db.prepare("INSERT OR FAIL INTO item VALUES (50), (51), (1)").run()],
    [
      "a deferred foreign key that is violated in a transaction",
      (db) =>
        db.transaction(
          async () => {
            await db.prepare("INSERT INTO item VALUES (50)").run();
            await db.prepare("INSERT INTO lazy_child VALUES (7)").run();
          },
          { onError: "throw" },
        ),
    ],
    [
      "a deferred foreign key that is violated by a single write",
      (db) => db.prepare("INSERT INTO lazy_child VALUES (7)").run(),
    ],
    [
      "a deferral by PRAGMA that ends in a violation",
      (db) =>
        db.batch([db.prepare("PRAGMA defer_foreign_keys = ON"), db.prepare("INSERT INTO child VALUES (7)")]),
    ],
    [
      "a transaction that creates a table and throws",
      (db) =>
        db.transaction(
          async () => {
            await db.prepare("CREATE TABLE more (n)").run();
            await db.prepare("ALTER TABLE item ADD COLUMN more").run();
            await db.prepare("INSERT INTO item VALUES (50, 1)").run();
            throw new Error("no");
          },
          { onError: "throw" },
        ),
    ],
  ];

  it.each(failures)("takes nothing else with it: %s", async (_, middle) =>
    inDatabase(async (database) => {
      await withItems(database);
      const { middle: failed, others } = await amidNeighbours(database, middle);
      expect(failed.status).toBe("rejected");
      expect(others.map(({ status }) => status)).toEqual(Array(12).fill("fulfilled"));
      expect(await items(database)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      const orphans = await database.query("SELECT * FROM child UNION ALL SELECT * FROM lazy_child");
      expect(orphans).toEqual([]);
      expect(await database.query("SELECT name FROM sqlite_schema WHERE name = 'more'")).toEqual([]);
    })(),
  );

  it(
    "may happen many times in one group",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const results = await Promise.all(
        Array.from({ length: 60 }, (_, n) =>
          db.transaction(async () => {
            await db.prepare("INSERT INTO item VALUES (?)").bind(n).run();
            if (n % 3 === 1) throw new Error(`${n}`);
            return { n };
          }),
        ),
      );
      const kept = Array.from({ length: 60 }, (_, n) => n).filter((n) => n % 3 !== 1);
      expect(results.filter(({ error }) => error === undefined).map(({ n }) => n)).toEqual(kept);
      expect(await items(database)).toEqual(kept);
    }),
  );

  it(
    "is seen by a later member of the group as if it had never been",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const [, , read] = await Promise.all([
        db.prepare("INSERT INTO item VALUES (1)").run(),
        db.transaction(async () => {
          await db.prepare("INSERT INTO item VALUES (2)").run();
          throw new Error("no");
        }),
        db.transaction(async () => db.prepare("SELECT n FROM item").raw()),
      ]);
      expect(read).toEqual([[1]]);
    }),
  );
});

describe("a deferral by PRAGMA defer_foreign_keys", () => {
  it(
    "ends with the job that asked for it: the next one in the group has immediate foreign keys again",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const deferral = db.prepare("PRAGMA defer_foreign_keys = ON");
      const [, , orphan] = await Promise.allSettled([
        db.transaction(async () => {
          await deferral.run();
        }),
        db.batch([
          deferral,
          db.prepare("INSERT INTO child VALUES (1)"),
          db.prepare("INSERT INTO parent VALUES (1)"),
        ]),
        db.prepare("INSERT INTO child VALUES (99)").run(),
        db.prepare("INSERT INTO item VALUES (1)").run(),
      ]);
      expect(orphan).toMatchObject({ status: "rejected", reason: { code: "SQLITE_CONSTRAINT_FOREIGNKEY" } });
      expect(await database.query("SELECT parent FROM child")).toEqual([[1]]);
      expect(await items(database)).toEqual([1]);
    }),
  );
});

describe("a promise of a write", () => {
  it(
    "does not settle before its commit: whoever continues after it finds the row in the committed state",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const found: boolean[] = [];
      const check = async (n: number) => {
        // Settling early would be seen at once: the physical transaction would still be open.
        found.push(!database.engine.physicalOpen);
        found.push((await database.query("SELECT 1 FROM item WHERE n = ?", n)).length === 1);
      };
      await Promise.all(
        Array.from({ length: 40 }, async (_, n) => {
          const insert = db.prepare("INSERT INTO item VALUES (?)").bind(n);
          if (n % 3 === 0) await insert.run();
          else if (n % 3 === 1) await db.batch([insert]);
          else await db.transaction(async () => void (await insert.run()));
          await check(n);
        }),
      );
      expect(found).toEqual(Array(80).fill(true));
    }),
  );

  it(
    "of a failure does not settle before the group's commit either, so that later code sees its neighbours",
    inDatabase(async (database) => {
      const db = await withItems(database);
      let openAtFailure: boolean | undefined;
      await Promise.all([
        db.prepare("INSERT INTO item VALUES (1)").run(),
        db
          .transaction(async () => {
            throw new Error("no");
          })
          .then(() => {
            openAtFailure = database.engine.physicalOpen;
          }),
        db.prepare("INSERT INTO item VALUES (2)").run(),
      ]);
      expect(openAtFailure).toBe(false);
    }),
  );
});
