import { describe, expect, it } from "vitest";
import { StatementCompiler } from "../../src/database/statement-compiler.ts";
import { maxCompiledBytes, maxCompiledStatements, maxStatementBytes } from "../../src/limits.ts";
import { inBareObject } from "../runtime-contract/bare-object.ts";
import { inDatabase } from "../support/in-database.ts";

describe("the cache of compiled statements", () => {
  it("drops an entry only for text that was used later", async () => {
    await inBareObject(({ storage }) => {
      const compiler = new StatementCompiler(storage.sql);
      const first = compiler.compile("SELECT 'first'", []);
      const second = compiler.compile("SELECT 'second'", []);
      for (let index = 2; index < maxCompiledStatements; index++) compiler.compile(`SELECT ${index}`, []);
      expect(compiler.size).toBe(maxCompiledStatements);
      expect(compiler.compile("SELECT 'first'", [])).toBe(first);
      compiler.compile("SELECT 'one more'", []);
      expect(compiler.size).toBe(maxCompiledStatements);
      expect(compiler.compile("SELECT 'first'", [])).toBe(first);
      expect(compiler.compile("SELECT 'second'", [])).not.toBe(second);
    });
  });

  it("is bounded by the length of the texts too, blanks and comments included", async () => {
    await inBareObject(({ storage }) => {
      const compiler = new StatementCompiler(storage.sql);
      const long = `/*${"x".repeat(maxStatementBytes - 100)}*/`;
      const fitting = Math.floor(maxCompiledBytes / long.length);
      for (let index = 0; index < fitting + 10; index++) compiler.compile(`SELECT ${index} ${long}`, []);
      expect(compiler.size).toBeLessThanOrEqual(fitting);
      expect(compiler.size).toBeGreaterThan(fitting - 2);
      for (let index = 0; index < fitting + 10; index++) compiler.compile(`${long} SELECT ${index}`, []);
      expect(compiler.size).toBeLessThanOrEqual(fitting);
    });
  });

  it("keeps no text that failed to compile", async () => {
    await inBareObject(({ storage }) => {
      const compiler = new StatementCompiler(storage.sql);
      expect(() => compiler.compile("SELECT * FROM t", [])).toThrow("no such table");
      expect(compiler.size).toBe(0);
      storage.sql.exec("CREATE TABLE t (a)");
      expect(compiler.compile("SELECT * FROM t", []).writes).toBe(false);
    });
  });
});

describe("a change of the schema", () => {
  const insert = "INSERT INTO t (a) VALUES (1)";

  it(
    "is known to the next statement: a trigger that would end the transaction is refused at once",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a)");
      await db.prepare(insert).run();
      await db.exec("CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'no'); END");
      await expect(db.prepare(insert).run()).rejects.toMatchObject({ code: "STATEMENT_REFUSED" });
      await db.exec("DROP TRIGGER x");
      await db.prepare(insert).run();
    }),
  );

  const isDeterministic = (database: Parameters<Parameters<typeof inDatabase>[0]>[0]) =>
    database.engine.runner.compiler.compile(insert, []).deterministic;

  it.each([
    ["the transaction is rolled back", "rollback"],
    ["the callback throws", "throw"],
    ["a nested block of it fails", "nested"],
    ["the transaction detaches", "detach"],
    ["a batch fails in between, and then the transaction is rolled back", "batch"],
  ])("is forgotten when %s", async (_when, how) => {
    await inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a, b DEFAULT (random()))");
      const change = async () => {
        await db.exec("DROP TABLE t; CREATE TABLE t (a, b DEFAULT 0)");
        if (how === "batch") {
          const failing = [db.prepare("SELECT 1"), db.prepare("INSERT INTO missing VALUES (1)")];
          await expect(db.batch(failing)).rejects.toThrow("missing");
        }
        await db.prepare(insert).run();
        expect(isDeterministic(database)).toBe(true);
      };
      await db.transaction(async (txn) => {
        if (how === "nested") {
          await db.transaction(async () => {
            await change();
            throw new Error("nested");
          });
          expect(isDeterministic(database)).toBe(false);
          return;
        }
        await change();
        if (how === "rollback" || how === "batch") await txn.rollback();
        if (how === "throw") throw new Error("declined");
        if (how !== "detach") return;
        await scheduler.wait(1);
        expect(isDeterministic(database)).toBe(false);
        await db.prepare(insert).run();
        expect(isDeterministic(database)).toBe(true);
        await txn.rollback();
      });
      expect(isDeterministic(database)).toBe(false);
    })();
  });

  it(
    "by a failing batch is forgotten, so that a captured row has the columns that there are",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE t (a, b DEFAULT (random()))");
      const failing = [
        db.prepare("ALTER TABLE t ADD COLUMN c"),
        db.prepare(insert),
        db.prepare("SELECT * FROM missing"),
      ];
      await expect(db.batch(failing)).rejects.toThrow("missing");
      await db.transaction(
        async () => {
          await db.prepare(insert).run();
          await scheduler.wait(1);
        },
        { onError: "throw" },
      );
      expect(await database.query("SELECT count(*) FROM pragma_table_info('t')")).toEqual([[2]]);
      expect(await database.column("SELECT a FROM t")).toEqual([1]);
    }),
  );
});
