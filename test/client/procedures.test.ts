import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";

describe("Procedures of a client", () => {
  it("calls a procedure with all its arguments", async () => {
    const { Procedures } = connect(env.DB);
    expect(await Procedures.CountArguments()).toBe(0);
    expect(await Procedures.CountArguments(1, undefined, null)).toBe(3);
  });

  it("carries every structured value both ways", async () => {
    const value = {
      text: "ä",
      big: 2n ** 70n,
      date: new Date(0),
      bytes: new Uint8Array([1, 2]),
      map: new Map([["a", new Set([1])]]),
      nested: [null, undefined, { x: Number.NaN }],
    };
    expect(await connect(env.DB).Procedures.Echo(value)).toEqual(value);
  });

  it("reaches a namespace and the flat default class beside it", async () => {
    const { Procedures } = connect(env.NAMESPACED);
    expect(await Procedures.inventory.Reserve("socks", 2)).toEqual({ sku: "socks", reserved: 2 });
    expect(await Procedures.Echo(1)).toBe(1);
  });

  it("gives each call an id of its own", async () => {
    const { Procedures } = connect(env.DB);
    const [first, second] = await Promise.all([Procedures.CallId(), Procedures.CallId()]);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).not.toBe(first);
  });

  it("keeps name, message and own properties of a thrown error", async () => {
    await expect(connect(env.DB).Procedures.ThrowOutOfStock()).rejects.toMatchObject({
      name: "OutOfStockError",
      message: "Only 2 of socks left",
      code: "OUT_OF_STOCK",
      details: { sku: "socks", left: 2 },
    });
  });

  it("keeps them of a returned error too", async () => {
    const { error, tried } = await connect(env.DB).Procedures.ReturnOutOfStock();
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "OutOfStockError", details: { sku: "socks", left: 2 } });
    expect(tried).toBe(3);
  });

  it("lets the database list the known names when there is no such procedure", async () => {
    const { Procedures } = connect(env.NAMESPACED) as unknown as {
      Procedures: Record<string, Record<string, () => Promise<unknown>> & (() => Promise<unknown>)>;
    };
    const unknown = {
      code: "UNKNOWN_PROCEDURE",
      message: expect.stringMatching(/Echo[\s\S]*inventory\.Reserve/),
    };
    await expect(Procedures.Nothing!()).rejects.toMatchObject(unknown);
    await expect(Procedures.inventory!.Nothing!()).rejects.toMatchObject(unknown);
    await expect(Procedures.inventory!()).rejects.toMatchObject(unknown);
  });

  it("is no thenable and no JSON source, so that it can be awaited, logged and passed around", async () => {
    const { Procedures } = connect(env.NAMESPACED);
    expect(await Procedures).toBe(Procedures);
    expect(await Procedures.inventory).toBeTypeOf("function");
    expect(JSON.stringify({ Procedures })).toBe('{"Procedures":{}}');
    expect(String(Procedures)).toBe("[object Object]");
    expect(Reflect.get(Procedures, Symbol.iterator)).toBeUndefined();
  });
});

describe("a call from inside a transaction of the same database", () => {
  it("is refused at once and says what to write instead", async () => {
    const { error } = await connect(env.DB).Procedures.CallItselfInTransaction();
    expect(error).toMatchObject({ code: "REENTRANT_CALL", message: expect.stringContaining("this.db") });
  });

  it("is allowed for another database, and after the transaction", async () => {
    expect(await connect(env.DB).Procedures.CallItselfAfterTransaction()).toBe(2);
  });
});
