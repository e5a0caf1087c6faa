import { describe, expect } from "vitest";
import { changing } from "./changing.ts";
import { itEveryWayIn } from "./ways-in.ts";

describe("batch()", () => {
  /** What a batch must not take for a statement. */
  const entries: [what: string, make: (statement: D1PreparedStatement) => unknown][] = [
    ["undefined", () => undefined],
    ["null", () => null],
    ["a text", () => "INSERT INTO item VALUES (1)"],
    ["a promise of a result", (statement) => statement.run().then(() => "done")],
    ["an object with a text only", () => ({ statement: "INSERT INTO item VALUES (1)" })],
    [
      "an object whose params are no array",
      () => ({ statement: "INSERT INTO item VALUES (1)", params: { length: 0 } }),
    ],
    ["an object whose text is none", () => ({ statement: { toString: () => "SELECT 1" }, params: [] })],
    ["a nested array", (statement) => [statement]],
  ];

  for (const [what, make] of entries) {
    itEveryWayIn(`refuses ${what} among statements, and runs none of them`, async (db) => {
      await db.prepare("CREATE TABLE item (n)").run();
      const insert = db.prepare("INSERT INTO item VALUES (1)");
      const entry = make(db.prepare("SELECT 1")) as D1PreparedStatement;
      await expect(db.batch([insert, entry, insert])).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining("entry 1 is not a statement"),
      });
      expect(await db.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(0);
      await entry;
    });
  }

  itEveryWayIn("refuses an array with holes, and values that cannot be bound in it", async (db) => {
    await db.prepare("CREATE TABLE item (n)").run();
    const insert = db.prepare("INSERT INTO item VALUES (1)");
    const holed = [insert, insert, insert];
    delete holed[1];
    await expect(db.batch(holed)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    const fake = (params: unknown[]) =>
      ({ statement: "INSERT INTO item VALUES (?)", params }) as unknown as D1PreparedStatement;
    for (const params of [new Array(1), [undefined], [1n], [{}]]) {
      await expect(db.batch([insert, fake(params)])).rejects.toMatchObject({ code: "D1_TYPE_ERROR" });
    }
    expect(await db.prepare("SELECT count(*) AS n FROM item").first("n")).toBe(0);
  });

  itEveryWayIn("reads the text and the parameters of an entry once", async (db) => {
    await db.prepare("CREATE TABLE item (n)").run();
    const texts = ["INSERT INTO item VALUES (?)", "DROP TABLE item"];
    const entry = {
      get statement() {
        return texts.shift();
      },
      params: changing(1, "x"),
    };
    await db.batch([entry as unknown as D1PreparedStatement]);
    expect(await db.prepare("SELECT n FROM item").raw()).toEqual([[1]]);
  });
});
