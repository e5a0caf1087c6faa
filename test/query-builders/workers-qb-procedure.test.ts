import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ConflictTypes, D1QB, Raw } from "workers-qb";
import { connect } from "../../src/client/connect.ts";
import type { ProcedureDatabase } from "../../src/procedures.ts";
import { inDatabase, type TestDatabase } from "../support/in-database.ts";
import { createStaff, type Staff } from "./workers-qb-staff.ts";

/** Runs a test in a procedure: `qb` is made as a constructor makes it, from `this.db`. */
function inProcedure(
  test: (qb: D1QB<Staff>, db: ProcedureDatabase, database: TestDatabase) => Promise<void>,
): () => Promise<void> {
  return inDatabase(async (database) => {
    const db = database.db();
    await createStaff(db);
    await test(new D1QB<Staff>(db), db, database);
  });
}

const hire = (qb: D1QB<Staff>, name: string) =>
  qb.insert({ tableName: "employees", data: { name, salary: 1 } }).execute();

/** Those who were hired, as the last commit has left them. */
const hired = (database: TestDatabase) =>
  database.column("SELECT name FROM employees WHERE id > 4 ORDER BY id");

describe("workers-qb in a transaction", () => {
  it(
    "commits all that it wrote when the callback returns",
    inProcedure(async (qb, db, database) => {
      const { id } = await db.transaction(async () => {
        await hire(qb, "Eve");
        const { last_row_id } = await hire(qb, "Fay");
        expect(await hired(database)).toEqual([]);
        return { id: last_row_id };
      });
      expect(id).toBe(6);
      expect(await hired(database)).toEqual(["Eve", "Fay"]);
    }),
  );

  it(
    "rolls back inserts, updates, deletes and batches when the callback throws",
    inProcedure(async (qb, db, database) => {
      const before = await database.query("SELECT * FROM employees");
      const { error } = await db.transaction(async () => {
        await hire(qb, "Eve");
        await qb.update({ tableName: "employees", data: { salary: new Raw("salary * 2") } }).execute();
        await qb.delete({ tableName: "employees", where: "name = 'Bob'" }).execute();
        await qb.transaction(async (tx) => [tx.delete({ tableName: "employees", where: "name = 'Ada'" })]);
        expect((await qb.select("employees").count()).results).toEqual({ total: 3 });
        throw new Error("changed my mind");
      });
      expect(error).toMatchObject({ message: "changed my mind" });
      expect(await database.query("SELECT * FROM employees")).toEqual(before);
    }),
  );

  it(
    "rolls back when a query fails that nobody catches",
    inProcedure(async (qb, db, database) => {
      const { error } = await db.transaction(async () => {
        await hire(qb, "Eve");
        await hire(qb, "Ada");
      });
      expect(error?.message).toMatch(/^D1_ERROR: UNIQUE constraint failed: employees\.name/);
      expect(await hired(database)).toEqual([]);
    }),
  );

  it(
    "goes on after txn.rollback(), and after a failure that is caught",
    inProcedure(async (qb, db, database) => {
      await db.transaction(async (txn) => {
        await hire(qb, "Eve");
        await txn.rollback();
        await hire(qb, "Fay");
        await expect(hire(qb, "Ada")).rejects.toThrow("UNIQUE constraint failed");
      });
      expect(await hired(database)).toEqual(["Fay"]);
    }),
  );

  it(
    "undoes only what a nested transaction has done",
    inProcedure(async (qb, db, database) => {
      await db.transaction(async () => {
        await hire(qb, "Eve");
        await db.transaction(async () => {
          await hire(qb, "Fay");
          throw new Error("inner");
        });
        await hire(qb, "Gus");
      });
      expect(await hired(database)).toEqual(["Eve", "Gus"]);
    }),
  );

  it(
    "waits for something outside: it still sees its writes afterwards, and readers never do",
    inProcedure(async (qb, db, database) => {
      await db.transaction(async () => {
        await hire(qb, "Eve");
        await scheduler.wait(3);
        expect(await hired(database)).toEqual([]);
        expect((await qb.select("employees").where("name = ?", "Eve").one()).results).toMatchObject({
          id: 5,
        });
        await hire(qb, "Fay");
      });
      expect(await hired(database)).toEqual(["Eve", "Fay"]);
    }),
  );

  it(
    "reads, decides and writes, one transaction after the other",
    inProcedure(async (qb, db, database) => {
      const raise = () =>
        db.transaction(async () => {
          const { results } = await qb.select("employees").where("name = ?", "Ada").one();
          await scheduler.wait(1);
          const salary = results!.salary + 1;
          await qb.update({ tableName: "employees", data: { salary }, where: "name = 'Ada'" }).execute();
        });
      await Promise.all(Array.from({ length: 8 }, raise));
      expect(await database.column("SELECT salary FROM employees WHERE name = 'Ada'")).toEqual([308]);
    }),
  );

  it(
    "may be built on the transaction's own handle, which ends with it",
    inProcedure(async (_qb, db, database) => {
      const kept = await db.transaction(
        async (txn) => {
          const qb = new D1QB<Staff>(txn);
          await hire(qb, "Eve");
          return qb;
        },
        { onError: "throw" },
      );
      expect(await hired(database)).toEqual(["Eve"]);
      await expect(hire(kept, "Fay")).rejects.toMatchObject({ code: "TRANSACTION_CLOSED" });
    }),
  );

  it(
    "takes migrations back as well",
    inProcedure(async (qb, db, database) => {
      const migrations = qb.migrations({ migrations: [{ name: "1", sql: "CREATE TABLE room (id);" }] });
      await db.transaction(async () => {
        await migrations.apply();
        throw new Error("no");
      });
      expect(
        await database.column("SELECT name FROM sqlite_schema WHERE name IN ('room', 'migrations')"),
      ).toEqual([]);
      expect(await migrations.apply()).toHaveLength(1);
    }),
  );
});

describe("workers-qb and transactions as SQL", () => {
  const sql = (qb: D1QB<Staff>, query: string) => qb.raw({ query }).execute();

  it(
    "begins, commits and rolls back in a procedure",
    inProcedure(async (qb, _db, database) => {
      await sql(qb, "BEGIN");
      await hire(qb, "Eve");
      await sql(qb, "ROLLBACK");
      await sql(qb, "BEGIN");
      await hire(qb, "Fay");
      expect(await hired(database)).toEqual([]);
      await sql(qb, "COMMIT");
      expect(await hired(database)).toEqual(["Fay"]);
    }),
  );

  it("is refused over a client", async () => {
    const qb = new D1QB<Staff>(connect(env.DB));
    await expect(sql(qb, "BEGIN")).rejects.toThrow(
      /^D1_ERROR: To execute a transaction, please use db\.transaction\(\) in a procedure/,
    );
  });

  // On D1 an OR ROLLBACK that strikes ends the transaction under the runtime's feet: an internal error.
  it(
    "may not say OR ROLLBACK, and is told what to do",
    inProcedure(async (qb, _db, database) => {
      const data = { name: "Bob", salary: 5 };
      const insert = qb.insert({ tableName: "employees", data, onConflict: ConflictTypes.ROLLBACK });
      await expect(insert.execute()).rejects.toThrow("Use ABORT (the default)");
      expect(await database.column("SELECT salary FROM employees WHERE name = 'Bob'")).toEqual([100]);
    }),
  );
});
