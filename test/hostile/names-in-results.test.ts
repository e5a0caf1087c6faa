import { describe, expect, it } from "vitest";
import { quoteIdentifier } from "../../src/database/quote-identifier.ts";
import { inDatabase } from "../support/in-database.ts";
import { hostileNames, shown } from "./hostile-names.ts";
import { itEveryWayIn } from "./ways-in.ts";

describe("a column of a result", () => {
  itEveryWayIn("is an own property of the row, whatever its name", async (db) => {
    const names = [
      ...hostileNames.filter((name) => name.length < 100),
      "then",
      "toJSON",
      "hasOwnProperty",
      "length",
      "",
    ];
    const values = names.map((_, index) => index);
    const columns = names.map((name, index) => `${index} AS ${quoteIdentifier(name)}`);
    const statement = db.prepare(`SELECT ${columns}`);
    const row = (await statement.all()).results[0]!;
    expect(Object.keys(row).sort()).toEqual([...names].sort());
    expect(names.map((name) => Object.getOwnPropertyDescriptor(row, name)?.value)).toEqual(values);
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    expect(await statement.raw({ columnNames: true })).toEqual([names, values]);
    for (const [index, name] of names.slice(-12).entries()) {
      expect(await statement.first(name)).toBe(names.length - 12 + index);
    }
    expect(Object.prototype).not.toHaveProperty("select");
  });

  itEveryWayIn("does not change the row's prototype, with a blob neither", async (db) => {
    const { results } = await db.prepare(`SELECT x'0102' AS "__proto__", 1 AS "__proto__ "`).all();
    expect(Object.getPrototypeOf(results[0])).toBe(Object.prototype);
    expect(Object.entries(results[0]!)).toEqual([
      ["__proto__", [1, 2]],
      ["__proto__ ", 1],
    ]);
  });
});

describe("a savepoint", () => {
  it.each(hostileNames.filter((name) => name.length < 100).map((name) => ({ name, title: shown(name) })))(
    "can be called $title",
    ({ name }) =>
      inDatabase(async (database) => {
        const db = database.db();
        await db.exec("CREATE TABLE t (a)");
        const quoted = quoteIdentifier(name);
        for (const sql of [`SAVEPOINT ${quoted}`, "INSERT INTO t VALUES (1)", `ROLLBACK TO ${quoted}`]) {
          await db.prepare(sql).run();
        }
        await db.prepare("INSERT INTO t VALUES (2)").run();
        await db.prepare(`RELEASE ${quoted}`).run();
        expect(await database.column("SELECT a FROM t")).toEqual([2]);
      })(),
  );
});
