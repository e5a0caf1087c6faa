import { expect } from "vitest";
import { type Concept, everywhere } from "../conformance-case.ts";
import { expectD1Words } from "../failures.ts";

/** What bind() throws, synchronously. */
function bindFailure(db: D1Database, value: unknown): unknown {
  const statement = db.prepare("SELECT ? AS value");
  try {
    statement.bind(value);
  } catch (error) {
    return error;
  }
  throw new Error("bind() takes it");
}

function expectTypeError(db: D1Database, value: unknown, type: string, text: string): void {
  expectD1Words(bindFailure(db, value), "D1_TYPE_ERROR", `Type '${type}' not supported for value '${text}'`);
}

const refused: [what: string, value: () => unknown, type: string, text: string][] = [
  ["undefined", () => undefined, "undefined", "undefined"],
  ["a BigInt", () => 1n, "bigint", "1"],
  ["a plain object", () => ({ a: 1 }), "object", "[object Object]"],
  ["a Map", () => new Map(), "object", "[object Map]"],
  ["a regular expression", () => /x/, "object", "/x/"],
  ["a promise", () => Promise.resolve(1), "object", "[object Promise]"],
  ["a boxed string", () => new String("x"), "object", "x"],
  ["a boxed number", () => new Number(3), "object", "3"],
  ["a boxed boolean", () => new Boolean(false), "object", "false"],
  ["a function", () => bindFailure, "function", String(bindFailure)],
  ["a SharedArrayBuffer", () => new SharedArrayBuffer(2), "object", "[object SharedArrayBuffer]"],
  ["an object by its toString()", () => ({ toString: () => "X" }), "object", "X"],
];

const refusedArrays: [what: string, value: unknown[], text: string][] = [
  ["a number above 255", [1, 256], "1,256"],
  ["a negative number", [-1], "-1"],
  ["NaN", [Number.NaN], "NaN"],
  ["a string", ["a"], "a"],
  ["null", [null], ""],
  ["an array", [[1]], "1"],
];

export default {
  title: "Values that cannot be bound",
  cases: [
    ...refused.map(([what, value, type, text]) => ({
      behaviour: `refuses to bind ${what}`,
      run: async (db: D1Database) => expectTypeError(db, value(), type, text),
    })),
    ...refusedArrays.map(([what, value, text]) => ({
      behaviour: `refuses to bind an array with ${what} in it`,
      run: async (db: D1Database) => expectTypeError(db, value, "object", text),
    })),
    {
      behaviour: "refuses to bind a Date, and shows it as JavaScript writes it",
      async run(db) {
        const date = new Date(0);
        expectTypeError(db, date, "object", String(date));
      },
    },
    {
      behaviour: "refuses a value wherever it stands, and the statement stays as it was",
      async run(db) {
        const statement = db.prepare("SELECT ? AS a, ? AS b").bind(1, 2);
        expect(() => statement.bind(3, undefined)).toThrow("D1_TYPE_ERROR");
        expect(await statement.first()).toEqual({ a: 1, b: 2 });
      },
    },
    {
      behaviour: "throws a TypeError of JavaScript's own for a Symbol or an object without a prototype",
      async run(db) {
        expect(bindFailure(db, Symbol("x"))).toBeInstanceOf(TypeError);
        expect(bindFailure(db, Object.create(null))).toBeInstanceOf(TypeError);
      },
      differs: [
        {
          on: everywhere,
          entry: "A value without a text is refused in D1's words",
          async run(db) {
            expectTypeError(db, Symbol("x"), "symbol", "Symbol(x)");
            expectTypeError(db, Object.create(null), "object", "[object Object]");
          },
        },
      ],
    },
  ],
} satisfies Concept;
