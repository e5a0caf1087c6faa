import { describe, expect, it } from "vitest";
import { dumpOf } from "../support/dump.ts";
import type { TestDatabase } from "../support/in-database.ts";
import { inDatabase } from "../support/in-database.ts";

const setUp = `
  CREATE TABLE canary (a);
  INSERT INTO canary VALUES ('alive');
  CREATE VIRTUAL TABLE doc USING fts5(body);
`;

/** Sends a text every way there is, and tells whether anything came of it. */
async function changesAnything(database: TestDatabase, sql: string): Promise<boolean> {
  const { storage } = database.state;
  const before = dumpOf(storage.sql);
  const flags = () =>
    ["defer_foreign_keys", "foreign_keys", "recursive_triggers"].map(
      (flag) => storage.sql.exec(`PRAGMA ${flag}`).one()[flag],
    );
  const flagsBefore = flags();
  const db = database.db();
  const ignore = () => {};
  await database.engine.query([{ sql, params: [] }]).catch(ignore);
  await db.prepare(sql).run().catch(ignore);
  await db.batch([db.prepare("SELECT 1"), db.prepare(sql)]).catch(ignore);
  await db.transaction(async () => {
    await db.prepare(sql).run().catch(ignore);
    expect(flags()).toEqual(flagsBefore);
  });
  expect(flags()).toEqual(flagsBefore);
  return JSON.stringify(dumpOf(storage.sql)) !== JSON.stringify(before);
}

function onlyReads({ engine }: TestDatabase, sql: string): boolean {
  try {
    return engine.runner.onlyReads([{ sql, params: [] }]);
  } catch {
    return false;
  }
}

/** What SQLite itself makes of a text: the database after it, or undefined where it fails. Leaves nothing. */
async function nativeOutcome({ storage }: DurableObjectState, sql: string) {
  let outcome: Record<string, string[]> | undefined;
  await storage.transaction(async (physical) => {
    try {
      // The runtime takes a comment after the last semicolon for one more statement, and fails.
      storage.sql.exec(sql.replace(/;\s*--[^\n]*$/, "")).toArray();
      outcome = dumpOf(storage.sql);
    } catch {}
    physical.rollback();
  });
  return outcome;
}

describe("a prepared text that may hide a second statement", () => {
  it.each([
    "EXPLAIN SELECT 1; DELETE FROM canary",
    "EXPLAIN QUERY PLAN SELECT 1; DELETE FROM canary",
    "SELECT 1; DELETE FROM canary",
    "SELECT 1;DELETE FROM canary;--",
    "SELECT 1; /* */ DELETE FROM canary",
    "SELECT '; DELETE FROM canary",
    "SELECT 1 /*/; DELETE FROM canary",
    "SELECT 1 /*/; */; DELETE FROM canary",
    "SELECT 1 --\r; DELETE FROM canary",
    "SELECT 1 --\u2028; DELETE FROM canary",
    "SELECT 1 -- \\\n; DELETE FROM canary",
    "SELECT 'a\\'; DELETE FROM canary; --'",
    "SELECT x'00; DELETE FROM canary",
    "SELECT x'0''; DELETE FROM canary; --'",
    "SELECT [a; DELETE FROM canary",
    "SELECT [a]]; DELETE FROM canary; --]",
    "SELECT $a(; DELETE FROM canary",
    "SELECT $a(\u00a0); DELETE FROM canary",
    "SELECT $(x);DELETE FROM canary;--)",
    "SELECT @a::(; DELETE FROM canary; )",
    "SELECT 1\0; DELETE FROM canary",
    "SELECT 1;\ufeffDELETE FROM canary",
    "\ufeffSELECT 1; DELETE FROM canary",
    "SELECT 1;\u000bDELETE FROM canary",
    "SELECT 1e; DELETE FROM canary",
    "SELECT 0x; DELETE FROM canary",
    "CREATE TRIGGER x AFTER INSERT ON canary BEGIN SELECT 1; END; DELETE FROM canary",
    "CREATE TRIGGER x; DELETE FROM canary; END",
    "CREATE tr\u0131gger x AFTER INSERT ON canary BEGIN; DELETE FROM canary; END",
    "EXPLAIN CREATE TRIGGER x AFTER INSERT ON canary BEGIN SELECT 1; END DELETE FROM canary",
    "CREATE TEMP TRIGGER x AFTER INSERT ON canary BEGIN SELECT 1; END; DELETE FROM canary",
    "EXPLAIN EXPLAIN SELECT 1; DELETE FROM canary",
    "/* EXPLAIN */ SELECT 1; DELETE FROM canary",
    "BEGIN; DELETE FROM canary; COMMIT",
    "COMMIT; DELETE FROM canary",
    "SAVEPOINT a; DELETE FROM canary",
    "PRAGMA foreign_keys; DELETE FROM canary",
    "PRAGMA table_info(canary); DELETE FROM canary",
  ])("does all that SQLite makes of it, openly as a write, or nothing: %j", async (sql) => {
    await inDatabase(async (database) => {
      const { sql: storage } = database.state.storage;
      const db = database.db();
      await db.exec(setUp);
      const before = dumpOf(storage);
      const native = await nativeOutcome(database.state, sql);
      const isRead = onlyReads(database, sql);
      const ran = await db
        .prepare(sql)
        .run()
        .then(
          () => true,
          () => false,
        );
      expect(dumpOf(storage)).toEqual(ran ? native : before);
      if (isRead) expect(dumpOf(storage)).toEqual(before);
    })();
  });

  it("runs an EXPLAIN of a trigger and what follows one by one, where the runtime alone resets the object", async () => {
    await inDatabase(async (database) => {
      const db = database.db();
      await db.exec(setUp);
      const explained = "EXPLAIN CREATE TRIGGER x AFTER INSERT ON canary BEGIN SELECT 1; END";
      await db.prepare(`${explained}; DELETE FROM canary`).run();
      expect(await database.column("SELECT count(*) FROM canary")).toEqual([0]);
      expect(await database.column("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'")).toEqual([0]);
    })();
  });

  it("runs none of its statements when one fails, and refuses transaction control among them", async () => {
    await inDatabase(async (database) => {
      const db = database.db();
      await db.exec(setUp);
      for (const sql of [
        "DELETE FROM canary; SELECT * FROM missing",
        "DELETE FROM canary; COMMIT",
        "BEGIN; DELETE FROM canary",
        "DELETE FROM canary; PRAGMA recursive_triggers = ON",
      ]) {
        expect(await changesAnything(database, sql)).toBe(false);
      }
    })();
  });
});

describe("a text that SQLite would carry out while it is explained or classified", () => {
  it.each([
    "EXPLAIN DELETE FROM canary",
    "EXPLAIN/**/DELETE FROM canary",
    "EXPLAIN QUERY PLAN DELETE FROM canary",
    "EXPLAIN PRAGMA defer_foreign_keys = ON",
    "EXPLAIN PRAGMA recursive_triggers = ON",
    "EXPLAIN/* */PRAGMA/* */main./* */recursive_triggers(1)",
    "EXPLAIN QUERY PLAN PRAGMA recursive_triggers = ON",
    "EXPLAIN QUERY PLAN PRAGMA main.recursive_triggers = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA 'recursive_triggers' = ON",
    "PRAGMA main.[recursive_triggers] = ON",
    "PRAGMA recur\u017five_triggers = ON",
    "\u000bPRAGMA defer_foreign_keys = ON ?",
    "\u000bPRAGMA recursive_triggers = ON",
    "EXPLAIN\u000bPRAGMA recursive_triggers = ON",
    "EXPLAIN \u000bPRAGMA recursive_triggers = ON",
    "PRAGMA \u000brecursive_triggers = ON",
    "PRAGMA writable_schema = ON",
    "PRAGMA user_version = 7",
    "SELECT * FROM pragma_recursive_triggers(1)",
    "SELECT * FROM pragma_optimize",
    "SELECT * FROM 'pragma_OPTIMIZE'(0xffff)",
    "CREATE VIEW v AS SELECT * FROM main.[pragma_optimize]",
    "EXPLAIN SELECT * FROM pragma_optimize",
    "SELECT * FROM pragma_writable_schema('ON')",
  ])("changes nothing: %s", async (sql) => {
    await inDatabase(async (database) => {
      await database.db().exec(setUp);
      expect(await changesAnything(database, sql)).toBe(false);
    })();
  });
});

describe("a text that reaches beyond the database", () => {
  it.each([
    "ATTACH ':memory:' AS other",
    "DETACH main",
    "VACUUM",
    "VACUUM INTO 'copy'",
    "CREATE TEMP TABLE x (a)",
    "CREATE TABLE _cf_x (a)",
    "DROP TABLE _cf_METADATA",
    "SELECT * FROM _cf_METADATA",
    "SELECT load_extension('x')",
    "SELECT readfile('/etc/passwd')",
    "INSERT INTO sqlite_schema VALUES ('table', 'x', 'x', 0, 'CREATE TABLE x (a)')",
    "DELETE FROM sqlite_schema",
    "CREATE VIRTUAL TABLE x USING csv(filename='/etc/passwd')",
    "SELECT sqlite_version()",
  ])("is refused: %s", async (sql) => {
    await inDatabase(async (database) => {
      const db = database.db();
      await db.exec(setUp);
      await expect(db.prepare(sql).run()).rejects.toThrow("D1_ERROR");
      expect(await changesAnything(database, sql)).toBe(false);
    })();
  });
});
