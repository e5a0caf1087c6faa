import { expect } from "vitest";
import { type Concept, overABinding } from "../conformance-case.ts";
import { failureOf } from "../failures.ts";

const refusal = /^To execute a transaction, please use /;

async function expectRefusal(promise: Promise<unknown>, prefix = "D1_ERROR"): Promise<void> {
  const { message, cause } = await failureOf(promise);
  const words = message.slice(`${prefix}: `.length);
  expect(message).toBe(`${prefix}: ${words}`);
  expect(words.replace(/^Error in line 1: \w+: /, "")).toMatch(refusal);
  expect((cause as Error).message).toBe(words);
}

const begin = ["BEGIN", "BEGIN TRANSACTION", "begin immediate;", "/* now */ BEGIN", "BEGIN EXCLUSIVE"];
const end = ["COMMIT", "END TRANSACTION", "ROLLBACK"];

const names = (db: D1Database) => db.prepare("SELECT name FROM item").raw();

const entry = "Transactions as SQL";

export default {
  title: "Transactions as SQL",
  cases: [
    {
      behaviour: "refuses BEGIN in all its forms",
      async run(db) {
        for (const sql of begin) await expectRefusal(db.prepare(sql).run());
      },
      differs: [
        {
          on: ["procedure"],
          entry,
          async run(db) {
            await db.exec("CREATE TABLE item (name TEXT)");
            for (const sql of begin) {
              await db.prepare(sql).run();
              await db.prepare("INSERT INTO item VALUES (?)").bind(sql).run();
              await db.prepare("ROLLBACK").run();
            }
            expect(await names(db)).toEqual([]);
          },
        },
        {
          on: ["transaction"],
          entry,
          async run(db) {
            for (const sql of begin) {
              await expect(db.prepare(sql).run()).rejects.toThrow("use a nested db.transaction() instead");
            }
          },
        },
      ],
    },
    {
      behaviour: "refuses COMMIT, END and ROLLBACK",
      async run(db) {
        for (const sql of end) await expectRefusal(db.prepare(sql).run());
      },
      differs: [
        {
          on: ["procedure"],
          entry,
          async run(db) {
            await db.exec("CREATE TABLE item (name TEXT)");
            for (const sql of end) {
              await db.prepare("BEGIN").run();
              await db.prepare("INSERT INTO item VALUES (?)").bind(sql).run();
              await db.prepare(sql).run();
            }
            expect(await names(db)).toEqual([["COMMIT"], ["END TRANSACTION"]]);
            for (const sql of end)
              await expect(db.prepare(sql).run()).rejects.toThrow("no transaction is active");
          },
        },
        {
          on: ["transaction"],
          entry,
          async run(db) {
            for (const sql of end)
              await expect(db.prepare(sql).run()).rejects.toThrow(/use txn\.\w+\(\) instead/);
          },
        },
      ],
    },
    {
      behaviour: "refuses SAVEPOINT, RELEASE and ROLLBACK TO",
      async run(db) {
        for (const sql of ["SAVEPOINT a", "RELEASE a", "ROLLBACK TO a"])
          await expectRefusal(db.prepare(sql).run());
      },
      differs: [
        {
          on: ["procedure", "transaction"],
          entry,
          async run(db) {
            await db.exec("CREATE TABLE item (name TEXT)");
            await db.prepare("SAVEPOINT a").run();
            await db.prepare("INSERT INTO item VALUES ('kept')").run();
            await db.prepare("SAVEPOINT b").run();
            await db.prepare("INSERT INTO item VALUES ('undone')").run();
            await db.prepare("ROLLBACK TO b").run();
            await db.prepare("RELEASE b").run();
            await db.prepare("RELEASE a").run();
            expect(await names(db)).toEqual([["kept"]]);
            await expect(db.prepare("RELEASE a").run()).rejects.toThrow("no such savepoint: a");
          },
        },
      ],
    },
    {
      behaviour: "refuses BEGIN in a batch and in a script, which leave nothing behind",
      async run(db) {
        const create = "CREATE TABLE item (name TEXT)";
        await expectRefusal(db.batch([db.prepare(create), db.prepare("BEGIN"), db.prepare("COMMIT")]));
        await expectRefusal(db.exec(`BEGIN\n${create}\nCOMMIT`), "D1_EXEC_ERROR");
        await expect(names(db)).rejects.toThrow("no such table: item");
      },
    },
    {
      behaviour: "goes on as before after a refused BEGIN",
      async run(db) {
        await db.exec("CREATE TABLE item (name TEXT)");
        await failureOf(db.batch([db.prepare("INSERT INTO item VALUES ('a')"), db.prepare("BEGIN")]));
        await db.prepare("INSERT INTO item VALUES ('b')").run();
        expect(await names(db)).toEqual([["b"]]);
      },
    },
    {
      behaviour: "points to the API of Durable Objects",
      async run(db) {
        const error = await failureOf(db.prepare("BEGIN").run());
        expect(error.name).toBe("Error");
        expect(error.message).toContain("please use the state.storage.transaction() or");
      },
      differs: [
        {
          on: overABinding,
          entry,
          async run(db) {
            const error = await failureOf(db.prepare("BEGIN").run());
            expect(error).toMatchObject({ name: "DatabaseError", code: "TRANSACTION_MISUSE" });
            expect(error.message).toContain("please use db.transaction() in a procedure");
          },
        },
        {
          on: ["procedure", "transaction"],
          entry,
          async run(db) {
            const error = await failureOf(db.batch([db.prepare("BEGIN"), db.prepare("COMMIT")]));
            expect(error).toMatchObject({ name: "DatabaseError", code: "TRANSACTION_MISUSE" });
          },
        },
      ],
    },
  ],
} satisfies Concept;
