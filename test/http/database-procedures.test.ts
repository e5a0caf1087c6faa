import { beforeAll, describe, expect, it } from "vitest";
import { configuredPath, createDatabase, databasesPath, rest } from "./rest-client.ts";

let own: string;

beforeAll(async () => {
  const { uuid } = await createDatabase("with-procedures");
  own = `${databasesPath}/${uuid}`;
  for (const database of [own, configuredPath]) await call("CreateTables", [], database);
});

function call(name: string, args: unknown = [], database = own) {
  return rest("POST", `${database}/procedures/${name}`, args);
}

describe("POST .../d1/database/:database/procedures/:name", () => {
  it("runs the procedure in that database, and gives its result in Cloudflare's envelope", async () => {
    await call("Insert", ["here"]);
    expect(await call("Count")).toMatchObject({
      status: 200,
      answer: { success: true, result: 1, errors: [], messages: [] },
    });
    expect((await call("Count", [], configuredPath)).answer.result).toBe(0);
    expect((await call("Echo", [{ a: [1, null] }])).answer.result).toEqual({ a: [1, null] });
  });

  it("gives null for no result", async () => {
    expect((await call("CreateTables")).answer.result).toBeNull();
  });

  it("tells what a procedure threw, with a number for a code and the error beside it", async () => {
    const { status, answer } = await call("ThrowOutOfStock", [409]);
    expect(status).toBe(409);
    expect(answer).toEqual({
      success: false,
      result: null,
      errors: [
        {
          code: 7500,
          message: "Only 2 of socks left",
          error: {
            code: "OUT_OF_STOCK",
            name: "OutOfStockError",
            message: "Only 2 of socks left",
            details: { sku: "socks", left: 2 },
            status: 409,
          },
        },
      ],
      messages: [],
    });
  });

  it("tells what a procedure returned beside its error", async () => {
    const { status, answer } = await call("ReturnOutOfStock");
    expect([status, answer.result]).toEqual([422, { tried: 3 }]);
    expect(answer.errors[0]).toMatchObject({ code: 7500, error: { code: "OUT_OF_STOCK" } });
  });

  it.each([
    ["an unknown procedure", "Nothing", [], 404, 7500],
    ["a name of every object", "__proto__", [], 404, 7500],
    ["a path", "..%2f..%2fquery", [], 404, 7500],
    ["no array", "Echo", { a: 1 }, 400, 7400],
    ["broken JSON", "Echo", "[1", 400, 7400],
    ["too much at once", "ThrowDatabaseError", ["OVERLOADED"], 429, 7429],
    ["a long wait", "ThrowDatabaseError", ["QUEUE_TIMEOUT"], 429, 7429],
    ["a timeout", "ThrowDatabaseError", ["TRANSACTION_TIMEOUT"], 504, 7500],
    ["a result that JSON does not carry", "ReturnBigInt", [], 500, 7500],
  ])("answers %s with a status and a code of its own", async (_what, name, args, status, code) => {
    const called = await call(name, args);
    expect([called.status, called.answer.errors[0]!.code]).toEqual([status, code]);
    expect(called.headers.get("retry-after")).toBe(status === 429 ? "1" : null);
  });
});
