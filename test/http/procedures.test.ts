import { beforeAll, describe, expect, it } from "vitest";
import type { DatabaseErrorCode } from "../../src/errors.ts";
import { callProcedure, post, send } from "./http-client.ts";

beforeAll(() => callProcedure("CreateTables"));

describe("POST /procedures/:name", () => {
  it("passes the arguments and gives the result", async () => {
    const { status, envelope } = await callProcedure("Echo", { a: [1, null, "ä"] });
    expect(status).toBe(200);
    expect(envelope).toEqual({ success: true, result: { a: [1, null, "ä"] }, errors: [] });
  });

  it("takes an empty array for no arguments, and gives null for no result", async () => {
    expect((await callProcedure("CountArguments")).envelope.result).toBe(0);
    expect((await callProcedure("CreateTables")).envelope).toEqual({
      success: true,
      result: null,
      errors: [],
    });
  });

  it("gives bytes as numbers, dates as text, and leaves undefined out", async () => {
    const { envelope } = await callProcedure("ReturnBytes");
    expect(envelope.result).toEqual({ bytes: [1, 2, 255], at: "1970-01-01T00:00:00.000Z" });
  });

  it("says where a result is that JSON cannot carry", async () => {
    const { status, envelope } = await callProcedure("ReturnBigInt");
    expect(status).toBe(500);
    expect(envelope.errors).toEqual([
      expect.objectContaining({
        code: "RESULT_NOT_JSON",
        message: expect.stringMatching(/ran to its end[\s\S]*result\.total is a BigInt/),
      }),
    ]);
  });

  it("answers 404 for an unknown procedure and lists the known ones", async () => {
    for (const name of ["Nothing", "constructor", "toString", "__proto__", "inventory.Nothing", "%2e%2e"]) {
      const { status, envelope } = await callProcedure(name);
      expect([name, status]).toEqual([name, 404]);
      expect(envelope.success).toBe(false);
    }
    const { envelope } = await callProcedure("Nothing");
    expect(envelope.errors[0]).toMatchObject({
      code: "UNKNOWN_PROCEDURE",
      message: expect.stringContaining("Echo"),
    });
  });

  it.each([
    ["no body", undefined],
    ["broken JSON", "[1"],
    ["an object", '{"a":1}'],
    ["a string", '"text"'],
    ["null", "null"],
    ["bytes that are not UTF-8", new Uint8Array([0x5b, 0x22, 0xff, 0x22, 0x5d])],
  ])("answers 400 for %s", async (_what, body) => {
    const response = await send("/procedures/Echo", { method: "POST", body: body ?? null });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ success: false, errors: [{ code: "BAD_REQUEST" }] });
  });

  it("answers 404 in the envelope for any other route and method", async () => {
    for (const [method, path] of [
      ["GET", "/procedures/Echo"],
      ["POST", "/procedures"],
      ["POST", "/procedures/a/b"],
      ["GET", "/"],
    ] as const) {
      const response = await send(path, { method });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ success: false, errors: [{ code: "NOT_FOUND" }] });
    }
  });
});

describe("an error over HTTP", () => {
  it("keeps name, code, message and own properties when it was thrown, without stack and remote", async () => {
    const { status, envelope } = await callProcedure("ThrowOutOfStock");
    expect(status).toBe(422);
    expect(envelope).toEqual({
      success: false,
      result: null,
      errors: [
        {
          code: "OUT_OF_STOCK",
          name: "OutOfStockError",
          message: "Only 2 of socks left",
          details: { sku: "socks", left: 2 },
        },
      ],
    });
  });

  it("is a failure when it was returned too, and keeps what was returned beside it", async () => {
    const { status, envelope } = await callProcedure("ReturnOutOfStock");
    expect(status).toBe(422);
    expect(envelope).toMatchObject({
      success: false,
      result: { tried: 3 },
      errors: [{ code: "OUT_OF_STOCK", name: "OutOfStockError", details: { sku: "socks", left: 2 } }],
    });
    expect(JSON.stringify(envelope)).not.toMatch(/stack|remote/);
  });

  it("chooses its own status between 400 and 499", async () => {
    expect((await callProcedure("ThrowOutOfStock", 409)).status).toBe(409);
    expect((await callProcedure("ThrowOutOfStock", 499)).status).toBe(499);
    for (const status of [200, 302, 399, 500, 404.5]) {
      expect((await callProcedure("ThrowOutOfStock", status)).status).toBe(422);
    }
  });

  it("is a conflict when a constraint was violated", async () => {
    await callProcedure("Insert", "twice");
    const { status, envelope } = await callProcedure("Insert", "twice");
    expect(status).toBe(409);
    expect(envelope.errors[0]).toMatchObject({ code: "SQLITE_CONSTRAINT_UNIQUE" });
  });

  it("need not be an Error", async () => {
    const { status, envelope } = await callProcedure("ThrowText");
    expect(status).toBe(422);
    expect(envelope.errors[0]).toMatchObject({ message: "just text" });
  });

  it.each<[DatabaseErrorCode, number, string | null]>([
    ["OVERLOADED", 503, "1"],
    ["QUEUE_TIMEOUT", 503, "1"],
    ["TRANSACTION_TIMEOUT", 504, null],
    ["REPLAY_DIVERGED", 500, null],
    ["INTERNAL_ERROR", 500, null],
    ["INVALID_ARGUMENT", 422, null],
  ])("with the code %s answers %i", async (code, status, retryAfter) => {
    const answer = await callProcedure("ThrowDatabaseError", code);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("retry-after")).toBe(retryAfter);
    expect(answer.envelope.errors).toEqual([
      { code, name: "DatabaseError", message: `made to fail with ${code}`, retryable: status === 503 },
    ]);
  });
});

describe("several requests at once", () => {
  it("are each answered with their own result", async () => {
    const values = Array.from({ length: 20 }, (_, index) => index);
    const responses = await Promise.all(values.map((value) => post("/procedures/Echo", [value])));
    const results = await Promise.all(responses.map((response) => response.json<{ result: number }>()));
    expect(results.map(({ result }) => result)).toEqual(values);
  });
});
