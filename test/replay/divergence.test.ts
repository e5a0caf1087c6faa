import { describe, expect, it } from "vitest";
import type { TestDatabase } from "../support/in-database.ts";
import { inDatabase } from "../support/in-database.ts";

/** Makes the tables of these tests and gives a `db`. */
async function withTables(database: TestDatabase) {
  const db = database.db();
  await db.exec(`
    CREATE TABLE t (a);
    CREATE TABLE random_id (id INTEGER PRIMARY KEY, a UNIQUE);
    CREATE TABLE coin (side);
    CREATE TABLE bit (value);
    INSERT INTO bit SELECT value FROM json_each('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19]');
  `);
  return db;
}

// Twenty coins, so that two throws are the same once in a million.
const tossCoins = "INSERT INTO coin SELECT abs(random() % 2) FROM bit";

describe("a replay that does something else than the first run", () => {
  it(
    "fails the transaction with REPLAY_DIVERGED and undoes all of it",
    inDatabase(async (database) => {
      const db = await withTables(database);
      const { error } = (await db.transaction(async () => {
        await db.prepare("INSERT INTO t VALUES (1)").run();
        // The row ids are told by last_row_id, and nobody has read a row: replayed, not pinned.
        await db.prepare("INSERT INTO random_id (id) SELECT abs(random()) FROM bit").run();
        await scheduler.wait(1);
        await db.prepare("INSERT INTO t VALUES (2)").run();
        return {};
      })) as { error: Error };
      expect(error).toMatchObject({ code: "REPLAY_DIVERGED" });
      expect(error.message).toContain("INSERT INTO random_id");
      expect(await database.query("SELECT a FROM t UNION ALL SELECT id FROM random_id")).toEqual([]);
    }),
  );

  it(
    "fails the statement that woke the transaction, and those after it, without a hang",
    inDatabase(async (database) => {
      const db = await withTables(database);
      const codes: unknown[] = [];
      await db.transaction(async () => {
        await db.prepare("INSERT INTO random_id (id) SELECT abs(random()) FROM bit").run();
        await scheduler.wait(1);
        for (let statement = 0; statement < 2; statement++) {
          await db
            .prepare("INSERT INTO t VALUES (2)")
            .run()
            .catch((error) => codes.push(error.code));
        }
      });
      expect(codes).toEqual(["TRANSACTION_CLOSED", "TRANSACTION_CLOSED"]);
      await db.prepare("INSERT INTO t VALUES ('next')").run();
      expect(await database.column("SELECT a FROM t")).toEqual(["next"]);
    }),
  );

  it(
    "leaves the jobs that wait behind it as they are",
    inDatabase(async (database) => {
      const db = await withTables(database);
      const diverging = db.transaction(
        async () => {
          await db.prepare("INSERT INTO random_id (id) SELECT abs(random()) FROM bit").run();
          await scheduler.wait(5);
        },
        { onError: "throw" },
      );
      const behind = database.db().prepare("INSERT INTO t VALUES ('behind')").run();
      await expect(diverging).rejects.toMatchObject({ code: "REPLAY_DIVERGED" });
      await behind;
      expect(await database.column("SELECT a FROM t")).toEqual(["behind"]);
    }),
  );

  it(
    "is no failure when nothing could be noticed: a value that nobody has read may be another one",
    inDatabase(async (database) => {
      const db = await withTables(database);
      await db.exec("INSERT INTO t VALUES (0)");
      await db.transaction(
        async () => {
          await db.prepare("UPDATE t SET a = random()").run();
          await scheduler.wait(1);
        },
        { onError: "throw" },
      );
      expect(await database.column("SELECT typeof(a) FROM t")).toEqual(["integer"]);
    }),
  );
});

describe("what a callback has learned from a generated value without reading a row", () => {
  it(
    "the last_row_id of REPLACE: stays true, or the transaction fails",
    inDatabase(async (database) => {
      const db = await withTables(database);
      const { error } = (await db.transaction(async () => {
        await db.prepare("REPLACE INTO random_id VALUES (abs(random()), 1)").run();
        await scheduler.wait(1);
        return {};
      })) as { error: Error };
      expect(error).toMatchObject({ code: "REPLAY_DIVERGED" });
    }),
  );

  it(
    "that a statement changed nothing: stays true, or the transaction fails",
    inDatabase(async (database) => {
      const db = await withTables(database);
      // Two rows: one would be captured.
      await db.exec("INSERT INTO t VALUES (0), (0)");
      const isEven = "SELECT 1 FROM t WHERE a % 2 = 0 LIMIT 1";
      let diverged = 0;
      for (let attempt = 0; attempt < 40; attempt++) {
        const result = await db.transaction(async () => {
          await db.prepare("UPDATE t SET a = random()").run();
          const { meta } = await db.prepare(`INSERT INTO coin ${isEven}`).run();
          await scheduler.wait(0);
          return { saidEven: meta.changes === 1 };
        });
        if (result.error !== undefined) {
          expect(result.error).toMatchObject({ code: "REPLAY_DIVERGED" });
          diverged++;
          continue;
        }
        expect((await database.query(isEven)).length === 1).toBe(result.saidEven);
      }
      // Three in eight on the average.
      expect(diverged).toBeGreaterThan(0);
      expect(diverged).toBeLessThan(40);
    }),
  );

  it(
    "that a statement failed: stays true",
    inDatabase(async (database) => {
      const db = await withTables(database);
      await db.exec("CREATE TABLE odd (a CHECK (a % 2 = 1)); INSERT INTO t VALUES (0)");
      let failures = 0;
      for (let attempt = 0; attempt < 40; attempt++) {
        let failed = false;
        const result = await db.transaction(async () => {
          await db.prepare("UPDATE t SET a = abs(random())").run();
          const insert = db.prepare("INSERT INTO odd SELECT a FROM t");
          await (attempt % 2 === 0 ? insert.run() : db.batch([insert])).catch(() => {
            failed = true;
          });
          await scheduler.wait(0);
        });
        if (!failed) continue;
        failures++;
        expect(result?.error).toBeUndefined();
        expect(await database.column("SELECT a % 2 FROM t")).toEqual([0]);
      }
      // Three in eight on the average.
      expect(failures).toBeGreaterThan(0);
    }),
  );
});

describe("a part of a transaction that is undone, after a generated value was read", () => {
  const readGenerated = async (db: Awaited<ReturnType<typeof withTables>>) => {
    await db.prepare(tossCoins).run();
    return db.prepare("SELECT group_concat(side) AS sides FROM coin").first();
  };

  it(
    "undoes everything with NOT_REPLAYABLE when a nested block fails that has written",
    inDatabase(async (database) => {
      const db = await withTables(database);
      const { error } = (await db.transaction(async () => {
        await readGenerated(db);
        await db.transaction(async () => {
          await db.prepare("INSERT INTO t VALUES ('nested')").run();
          throw new Error("nested");
        });
        return {};
      })) as { error: Error };
      expect(error).toMatchObject({ code: "NOT_REPLAYABLE" });
      expect(await database.column("SELECT side FROM coin UNION ALL SELECT a FROM t")).toEqual([]);
    }),
  );

  it(
    "goes on when the nested block had written nothing",
    inDatabase(async (database) => {
      const db = await withTables(database);
      const { sides } = (await db.transaction(
        async () => {
          const row = await readGenerated(db);
          await db.transaction(() => Promise.reject(new Error("nested")));
          return row as { sides: string };
        },
        { onError: "throw" },
      )) as { sides: string };
      expect(await database.column("SELECT group_concat(side) FROM coin")).toEqual([sides]);
    }),
  );

  it(
    "goes on after a failing statement or batch, which SQLite undoes itself",
    inDatabase(async (database) => {
      const db = await withTables(database);
      const sides = await db.transaction(
        async () => {
          const row = await readGenerated(db);
          const failing = [db.prepare("INSERT INTO t VALUES (1)"), db.prepare("INSERT INTO t VALUES (1, 2)")];
          await expect(db.batch(failing)).rejects.toThrow("columns");
          await expect(failing[1]!.run()).rejects.toThrow("columns");
          return (row as { sides: string }).sides;
        },
        { onError: "throw" },
      );
      expect(await database.column("SELECT group_concat(side) FROM coin")).toEqual([sides]);
      expect(await database.column("SELECT a FROM t")).toEqual([]);
    }),
  );

  it(
    "may be all of it: txn.rollback() needs no replay",
    inDatabase(async (database) => {
      const db = await withTables(database);
      await db.transaction(
        async (txn) => {
          await readGenerated(db);
          await txn.rollback();
          await db.prepare("INSERT INTO t VALUES ('after')").run();
          await scheduler.wait(1);
          expect(database.engine.physicalOpen).toBe(false);
        },
        { onError: "throw" },
      );
      expect(await database.column("SELECT side FROM coin UNION ALL SELECT a FROM t")).toEqual(["after"]);
    }),
  );
});
