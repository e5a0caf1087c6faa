import { abortAllDurableObjects } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { DatabaseBinding } from "../../src/client/binding-kind.ts";
import { connect } from "../../src/client/connect.ts";
import type { FixtureProcedures } from "../fixtures/fixture-procedures.ts";

beforeAll(async () => {
  await connect(env.DB).Procedures.CreateTables();
});

describe("the statements of a client", () => {
  it("prepares, binds and runs, and tells what changed", async () => {
    const db = connect(env.DB);
    const result = await db.prepare("INSERT INTO item (id, name) VALUES (?, ?)").bind(1, "one").run();
    expect(result).toMatchObject({ success: true, results: [], meta: { changes: 1, last_row_id: 1 } });
  });

  it("gives rows as objects, as arrays, one row, one column, or null", async () => {
    const statement = connect(env.DB).prepare("SELECT id, name FROM item WHERE id = ?").bind(1);
    expect((await statement.all()).results).toEqual([{ id: 1, name: "one" }]);
    expect(await statement.raw()).toEqual([[1, "one"]]);
    expect(await statement.raw({ columnNames: true })).toEqual([
      ["id", "name"],
      [1, "one"],
    ]);
    expect(await statement.first()).toEqual({ id: 1, name: "one" });
    expect(await statement.first("name")).toBe("one");
    expect(await statement.bind(99).first()).toBeNull();
  });

  it("rejects with D1's words and SQLite's code", async () => {
    const insert = connect(env.DB).prepare("INSERT INTO item (name) VALUES ('one')").run();
    await expect(insert).rejects.toMatchObject({
      message: expect.stringMatching(/^D1_ERROR: UNIQUE constraint failed: item\.name/),
      code: "SQLITE_CONSTRAINT_UNIQUE",
    });
  });

  it("runs a batch in order, all or nothing", async () => {
    const db = connect(env.DB);
    const insert = db.prepare("INSERT INTO item (name) VALUES (?)");
    const count = db.prepare("SELECT count(*) AS n FROM item");
    const [before] = await db.batch<{ n: number }>([count, insert.bind("two")]);
    await expect(db.batch([insert.bind("three"), insert.bind("two")])).rejects.toThrow("UNIQUE");
    expect(await count.first("n")).toBe(before!.results[0]!.n + 1);
  });

  it("resolves an empty batch without a call", async () => {
    const broken = connect(env.NOT_A_DATABASE);
    await expect(broken.batch([])).resolves.toEqual([]);
  });

  it("executes a script and tells the number of its statements", async () => {
    const result = await connect(env.DB).exec("SELECT 1;\nSELECT 2;");
    expect(result).toEqual({ count: 2, duration: expect.any(Number) });
  });
});

describe("the kinds of bindings", () => {
  it.each<[string, () => DatabaseBinding]>([
    ["a namespace", () => env.DB],
    ["a stub", () => env.DB.getByName("default")],
    ["a namespace of ctx.exports", () => exports.Database],
  ])("connects over %s", async (_kind, binding) => {
    const db = connect<typeof FixtureProcedures>(binding());
    expect(await db.prepare("SELECT 1 AS one").first("one")).toBe(1);
    expect(await db.Procedures.Echo("hello")).toBe("hello");
  });

  it("keeps databases of different names apart", async () => {
    const other = connect(env.DB, { name: "other" });
    const tables = "SELECT count(*) AS n FROM sqlite_schema WHERE name = 'item'";
    expect(await other.prepare(tables).first("n")).toBe(0);
    expect(await connect(env.DB).prepare(tables).first("n")).toBe(1);
  });

  it("takes a new stub for each call, so that it survives a reset of the object", async () => {
    const db = connect(env.DB, { name: "reset" });
    await db.prepare("SELECT 1").first();
    await abortAllDurableObjects();
    expect(await db.prepare("SELECT 2 AS two").first("two")).toBe(2);
  });

  it.each<[string, unknown, RegExp]>([
    ["a missing binding", undefined, /connect\(\) got undefined[\s\S]*differs from the binding's name/],
    ["null", null, /connect\(\) got null/],
    ["a string", "DB", /connect\(\) got a String[\s\S]*\[\[services\]\]/],
    ["a plain object", {}, /connect\(\) got an object/],
  ])("refuses %s and lists the likely causes", (_what, binding, message) => {
    const attempt = () => connect(binding as DatabaseBinding);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ name: "DatabaseError", code: "INVALID_BINDING" }));
  });

  it("refuses what is connected already", () => {
    expect(() => connect(connect(env.DB) as unknown as DatabaseBinding)).toThrow("connected already");
  });

  it("says what to look for when the binding's class is not a database", async () => {
    const query = connect(env.NOT_A_DATABASE).prepare("SELECT 1").first();
    await expect(query).rejects.toMatchObject({
      code: "INVALID_BINDING",
      message: expect.stringContaining("defineDatabase(Procedures)"),
    });
  });

  it("says what to look for when a service binding leads to a default handler", async () => {
    const query = connect(env.PAYMENT_API).prepare("SELECT 1").first();
    await expect(query).rejects.toMatchObject({
      code: "INVALID_BINDING",
      message: expect.stringContaining('entrypoint = "DB"'),
    });
  });

  it("refuses wrong options", () => {
    expect(() => connect(env.DB, { name: "" })).toThrow("options.name");
    expect(() => connect(env.DB, { signal: {} as AbortSignal })).toThrow("options.signal");
  });
});
