/** One statement that reads a whole large table would take the memory of all others: an object has 128 MB, and ends when it needs more. */
import { describe, expect, it } from "vitest";
import { maxResultBytes } from "../../src/limits.ts";
import { inDatabase } from "../support/in-database.ts";

const rowsOf = (count: number, value: string) =>
  `WITH RECURSIVE list (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM list WHERE n < ${count}) SELECT ${value} FROM list`;

const tooLarge: [what: string, sql: string][] = [
  ["texts", rowsOf(70, "hex(zeroblob(500000))")],
  ["blobs", rowsOf(70, "zeroblob(1000000)")],
  ["many small rows", rowsOf(2_000_000, "n")],
];

describe("a result that takes too much memory", () => {
  it.each(tooLarge)("is refused to a procedure, which may go on: %s", async (_what, sql) =>
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE item (name TEXT)");
      const outcome = await db.transaction(async () => {
        await db.prepare("INSERT INTO item VALUES ('before')").run();
        await expect(db.prepare(sql).raw()).rejects.toMatchObject({
          code: "LIMIT_EXCEEDED",
          message: expect.stringMatching(/^The rows take some \d+ bytes .* LIMIT, /),
        });
        await db.prepare("INSERT INTO item VALUES ('after')").run();
        return { done: true };
      });
      expect(outcome).toEqual({ done: true });
      expect(await database.column("SELECT name FROM item")).toEqual(["before", "after"]);
    })(),
  );

  it.each(["batch", "script"])("may be that of a %s as a whole", async (form) =>
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE item (name TEXT)");
      const statements = [
        "INSERT INTO item VALUES ('undone')",
        ...Array(3).fill(rowsOf(30, "hex(zeroblob(500000))")),
      ];
      const run = () =>
        form === "batch"
          ? db.batch(statements.map((sql) => db.prepare(sql)))
          : db.exec(statements.join(";\n"));
      await expect(run()).rejects.toThrow(/The rows take some \d+ bytes/);
      expect(await database.column("SELECT name FROM item")).toEqual([]);
    })(),
  );

  it(
    "undoes the write that gives it, also where the row that is written is asked for to be logged",
    inDatabase(async (database) => {
      const db = database.db();
      await db.exec("CREATE TABLE item (name TEXT, changed_at)");
      await db.prepare("INSERT INTO item VALUES (hex(zeroblob(450000)), 'never')").run();
      const writes = [
        "UPDATE item SET changed_at = 'now' RETURNING name || name",
        "UPDATE item SET changed_at = CURRENT_TIMESTAMP RETURNING name || name",
      ];
      await db.prepare(`INSERT INTO item SELECT name, 'never' FROM item, (${rowsOf(40, "n")})`).run();
      await db.transaction(
        async () => {
          for (const write of writes) {
            await expect(db.prepare(write).run()).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
          }
          await scheduler.wait(1);
          await db.prepare("UPDATE item SET changed_at = 'once' WHERE rowid = 1").run();
        },
        { onError: "throw" },
      );
      expect(await database.query("SELECT changed_at, count(*) FROM item GROUP BY 1 ORDER BY 1")).toEqual([
        ["never", 40],
        ["once", 1],
      ]);
    }),
  );

  it(
    "is none just below the limit",
    inDatabase(async (database) => {
      const size = 1_000_000;
      const rows = Math.floor(maxResultBytes / (size + 40));
      const sql = rowsOf(rows, `hex(zeroblob(${size / 2}))`);
      expect(await database.db().prepare(sql).raw()).toHaveLength(rows);
    }),
  );
});
