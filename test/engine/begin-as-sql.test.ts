import { describe, expect, it } from "vitest";
import { defaultTransactionTimeoutMs } from "../../src/limits.ts";
import { hurriedTimers } from "../support/hurried-timers.ts";
import { inDatabase } from "../support/in-database.ts";
import { names, script, withItems } from "../support/sql-steps.ts";

describe("BEGIN as SQL text", () => {
  const endings = [
    "COMMIT",
    "commit;",
    "END",
    "End Transaction;",
    "COMMIT TRANSACTION",
    "-- done\nCOMMIT -- yes\n;",
    "/* done */ END /* yes */ ; ;",
  ];
  const beginnings = [
    "BEGIN",
    "begin;",
    "BEGIN IMMEDIATE",
    "BEGIN DEFERRED TRANSACTION",
    "-- now\n/**/BEGIN EXCLUSIVE;",
  ];

  it.each(endings)("opens a transaction that %j commits", async (ending) =>
    inDatabase(async (database) => {
      const db = await withItems(database);
      await script(db, "BEGIN", "+a", "wait", "+b");
      expect(await names(database)).toEqual([]);
      await script(db, ending);
      expect(await names(database)).toEqual(["a", "b"]);
    })(),
  );

  it.each(beginnings)("may be written %j, and ROLLBACK undoes what came after it", async (beginning) =>
    inDatabase(async (database) => {
      const db = await withItems(database);
      await script(db, "+before", beginning, "+a", "wait", "+b", "ROLLBACK", "+after");
      expect(await names(database)).toEqual(["before", "after"]);
    })(),
  );

  it(
    "answers as a statement without rows",
    inDatabase(async (database) => {
      const db = await withItems(database);
      for (const sql of ["BEGIN", "SAVEPOINT a", "ROLLBACK TO a", "RELEASE a", "COMMIT"]) {
        expect(await db.prepare(sql).run()).toMatchObject({
          success: true,
          results: [],
          meta: { changes: 0 },
        });
      }
    }),
  );

  it(
    "lets the transaction see its own rows and nobody else",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await script(db, "BEGIN", "+a", "wait");
      expect(await db.prepare("SELECT name FROM item").first("name")).toBe("a");
      expect(await database.db().prepare("SELECT name FROM item").first("name")).toBeNull();
      await script(db, "COMMIT");
    }),
  );

  it(
    "takes batch, exec and nested db.transaction() along",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await script(db, "BEGIN", "+a");
      await db.batch([db.prepare("INSERT INTO item VALUES ('batch')")]);
      await db.exec("INSERT INTO item VALUES ('exec')");
      await db.transaction(async () => script(db, "+nested"));
      await db.transaction(async () => {
        await script(db, "+undone");
        throw new Error("no");
      });
      expect(await names(database)).toEqual([]);
      await script(db, "COMMIT");
      expect(await names(database)).toEqual(["a", "batch", "exec", "nested"]);
    }),
  );

  it(
    "keeps the mutex until its end",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await script(db, "BEGIN", "+a");
      const other = database.query("INSERT INTO item VALUES ('other')");
      await scheduler.wait(2);
      await script(db, "+b", "COMMIT");
      await other;
      expect(await names(database)).toEqual(["a", "b", "other"]);
    }),
  );

  it(
    "is refused while a transaction is open, and COMMIT and ROLLBACK while none is, in SQLite's words",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await expect(script(db, "COMMIT")).rejects.toThrow("cannot commit - no transaction is active");
      await expect(script(db, "ROLLBACK")).rejects.toThrow("cannot rollback - no transaction is active");
      await script(db, "BEGIN", "+a");
      await expect(script(db, "BEGIN")).rejects.toThrow("cannot start a transaction within a transaction");
      await script(db, "COMMIT");
      expect(await names(database)).toEqual(["a"]);
      await expect(script(db, "ROLLBACK")).rejects.toThrow("no transaction is active");
    }),
  );

  it(
    "takes statements along that were issued before it answered, in their order",
    inDatabase(async (database) => {
      const db = await withItems(database);
      const run = (sql: string) => db.prepare(sql).run();
      await Promise.all([
        run("BEGIN"),
        run("INSERT INTO item VALUES ('a')"),
        run("INSERT INTO item VALUES ('b')"),
      ]);
      await script(db, "ROLLBACK");
      expect(await names(database)).toEqual([]);
      const [, second] = await Promise.allSettled([run("BEGIN"), run("BEGIN")]);
      expect(second).toMatchObject({ reason: { message: expect.stringContaining("within a transaction") } });
      await script(db, "COMMIT");
    }),
  );

  it(
    "does not undo the transaction when a statement fails that the procedure catches",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await script(db, "BEGIN", "+a");
      await expect(script(db, "+a")).rejects.toThrow("UNIQUE constraint failed");
      await script(db, "wait", "+b", "COMMIT");
      expect(await names(database)).toEqual(["a", "b"]);
    }),
  );

  it(
    "leaves the transaction open when a deferred foreign key refuses the COMMIT, to be repaired",
    inDatabase(async (database) => {
      const db = await withItems(database);
      await script(db, "BEGIN", "+a", "INSERT INTO child VALUES (7)");
      await expect(script(db, "COMMIT")).rejects.toThrow("FOREIGN KEY constraint failed");
      expect(await names(database)).toEqual([]);
      await script(db, "INSERT INTO parent VALUES (7)", "COMMIT");
      expect(await names(database)).toEqual(["a"]);
      await script(db, "BEGIN", "+b", "INSERT INTO child VALUES (8)");
      await expect(script(db, "COMMIT")).rejects.toThrow("FOREIGN KEY constraint failed");
      await script(db, "ROLLBACK");
      expect(await names(database)).toEqual(["a"]);
    }),
  );

  it(
    "fails what comes later when the call was cancelled meanwhile; nothing runs outside by mistake",
    inDatabase(async (database) => {
      const scope = database.scope();
      await withItems(database);
      const db = database.db(scope);
      await script(db, "BEGIN", "+a");
      scope.cancel(new Error("gone"));
      await expect(script(db, "+b")).rejects.toMatchObject({ code: "PROCEDURE_ENDED" });
      await expect(script(db, "COMMIT")).rejects.toMatchObject({ code: "PROCEDURE_ENDED" });
      expect(await names(database)).toEqual([]);
    }),
  );

  it(
    "times out after the default time: the mutex is free, later statements fail, COMMIT says why, ROLLBACK ends it",
    inDatabase(async (database) => {
      const db = await withItems(database);
      using timers = hurriedTimers();
      await script(db, "BEGIN", "+a");
      // Waits for the mutex, that is, for the timeout.
      await database.query("INSERT INTO item VALUES ('other')");
      const timeoutMs = Math.max(
        ...timers.delaysMs.filter((delayMs) => delayMs <= defaultTransactionTimeoutMs),
      );
      expect(timeoutMs).toBeGreaterThan(defaultTransactionTimeoutMs / 2);
      await expect(script(db, "+b")).rejects.toMatchObject({ code: "TRANSACTION_CLOSED" });
      await expect(script(db, "SELECT 1")).rejects.toMatchObject({ code: "TRANSACTION_CLOSED" });
      // Drizzle sends COMMIT, then ROLLBACK because that failed: the second must not hide the first one's reason.
      await expect(script(db, "COMMIT")).rejects.toMatchObject({ code: "TRANSACTION_TIMEOUT" });
      await script(db, "ROLLBACK", "+c", "BEGIN", "+d", "COMMIT");
      expect(await names(database)).toEqual(["other", "c", "d"]);
    }),
  );
});
