import { describe, expect, it } from "vitest";
import { toJsonValue } from "../../src/http/json-value.ts";

describe("toJsonValue", () => {
  it("keeps what JSON has", () => {
    const value = { a: [1, -0.5, "ä", true, null, {}, []] };
    expect(toJsonValue(value)).toEqual(value);
  });

  it("makes null of undefined, NaN and the infinities, and leaves undefined out of objects", () => {
    expect(toJsonValue(undefined)).toBeNull();
    expect(toJsonValue([undefined, Number.NaN, Number.POSITIVE_INFINITY])).toEqual([null, null, null]);
    expect(Object.keys(toJsonValue({ a: undefined, b: 1 }) as object)).toEqual(["b"]);
  });

  it("makes byte arrays of buffers and views, text of dates", () => {
    expect(toJsonValue(new Uint8Array([1, 255]).buffer)).toEqual([1, 255]);
    expect(toJsonValue(new Uint16Array([258]))).toEqual([2, 1]);
    expect(toJsonValue(new Date(0))).toBe("1970-01-01T00:00:00.000Z");
    expect(toJsonValue(new Date(Number.NaN))).toBeNull();
  });

  it("keeps nested errors without their stack", () => {
    expect(toJsonValue({ cause: Object.assign(new TypeError("no"), { code: 7 }) })).toEqual({
      cause: { name: "TypeError", message: "no", code: 7 },
    });
  });

  it("refuses what nests more than 500 deep", () => {
    const nested = (depth: number) => {
      let value: unknown = [];
      for (let level = 1; level < depth; level++) value = level % 2 ? { a: value } : [value];
      return value;
    };
    expect(toJsonValue(nested(500))).toEqual(nested(500));
    expect(() => toJsonValue(nested(501))).toThrow("nested more than 500 deep");
    expect(() => toJsonValue(nested(100_000))).toThrow("nested more than 500 deep");
  });

  it("takes the same object twice, but not inside itself", () => {
    const shared = { a: 1 };
    expect(toJsonValue([shared, shared])).toEqual([shared, shared]);
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(() => toJsonValue(loop)).toThrow("result.self is an object that contains itself");
  });

  it.each([
    ["a BigInt", 1n],
    ["a Map", new Map()],
    ["a Set", new Set()],
    ["a function", () => {}],
    ["a symbol", Symbol("s")],
    ["a ReadableStream", new ReadableStream()],
  ])("refuses %s and says where it is", (what, value) => {
    expect(() => toJsonValue({ list: [0, value] })).toThrow(`result.list[1] is ${what}`);
  });

  it("does not change a prototype through a key named __proto__", () => {
    const value = toJsonValue(JSON.parse('{"__proto__": {"polluted": true}}'));
    expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":true}}');
    expect(Reflect.get(value as object, "polluted")).toBeUndefined();
  });
});
