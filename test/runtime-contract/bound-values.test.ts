/** What the SQL interface makes of JavaScript values, and of SQLite's. d1/values.ts and capture.ts correct it. */
import { describe, expect, it } from "vitest";
import { inBareObject } from "./bare-object.ts";

function stored(value: unknown): Promise<unknown> {
  return inBareObject(({ storage: { sql } }) => {
    sql.exec("CREATE TABLE t (a)");
    sql.exec("INSERT INTO t VALUES (?)", value as SqlStorageValue);
    return sql.exec("SELECT typeof(a) AS type, hex(a) AS hex FROM t").one();
  });
}

function read(expression: string): Promise<unknown> {
  return inBareObject(({ storage: { sql } }) => sql.exec(`SELECT ${expression} AS a`).one().a);
}

const hexOf = (text: string) => Buffer.from(text).toString("hex").toUpperCase();

describe("a bound value", () => {
  it.each([
    ["a whole number is stored as REAL", 1, { type: "real", hex: hexOf("1.0") }],
    ["infinity is stored as REAL", Number.POSITIVE_INFINITY, { type: "real", hex: hexOf("Inf") }],
    ["NaN is stored as NULL", Number.NaN, { type: "null", hex: "" }],
    ["true is stored as text", true, { type: "text", hex: hexOf("true") }],
    ["undefined is stored as NULL", undefined, { type: "null", hex: "" }],
    ["an empty string stays one", "", { type: "text", hex: "" }],
    ["an empty buffer stays a blob", new ArrayBuffer(0), { type: "blob", hex: "" }],
    ["text keeps its NUL", "a\0b", { type: "text", hex: hexOf("a\0b") }],
    ["half a surrogate pair is stored as bytes that are no UTF-8", "\ud800", { type: "text", hex: "EDA080" }],
  ])("%s", async (_what, value, expected) => {
    expect(await stored(value)).toEqual(expected);
  });

  it("is no BigInt", async () => {
    await expect(stored(1n)).rejects.toThrow(TypeError);
  });
});

describe("a value that is read", () => {
  it("loses the digits of an integer beyond 2^53", async () => {
    expect(await read("9007199254740993")).toBe(9007199254740992);
    expect(await read("CAST(9007199254740993 AS TEXT)")).toBe("9007199254740993");
  });

  it("loses bytes of text that are not UTF-8", async () => {
    expect(await read("CAST(x'ff41' AS TEXT)")).toBe("\ufffdA");
    expect(await read("CAST(CAST(x'ff41' AS TEXT) AS BLOB)")).toEqual(new Uint8Array([0xff, 0x41]).buffer);
  });

  it("keeps infinity and text after a NUL", async () => {
    expect(await read("9e999")).toBe(Number.POSITIVE_INFINITY);
    expect(await read("'a' || char(0) || 'b'")).toBe("a\0b");
  });
});
