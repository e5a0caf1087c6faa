import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { changing } from "./changing.ts";
import { expectUsable, itEveryWayIn } from "./ways-in.ts";

const client = () => connect(env.DB, { name: crypto.randomUUID() });

interface ResizableBuffer extends ArrayBuffer {
  resize(bytes: number): void;
}

/** TypeScript's ES2022 does not know the second argument yet. */
function resizable(bytes: number[], maxByteLength: number): ResizableBuffer {
  const Constructor = ArrayBuffer as unknown as new (
    n: number,
    o: { maxByteLength: number },
  ) => ResizableBuffer;
  const buffer = new Constructor(bytes.length, { maxByteLength });
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

function detached<T extends ArrayBuffer | ArrayBufferView>(value: T): T {
  const buffer = value instanceof ArrayBuffer ? value : value.buffer;
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
  return value;
}

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

const bytes: [what: string, make: () => unknown, bytes: number[]][] = [
  ["a resizable buffer", () => resizable([1, 2], 8), [1, 2]],
  [
    "a view that follows the length of its buffer",
    () => {
      const buffer = resizable([1, 2], 8);
      const view = new Uint8Array(buffer);
      buffer.resize(3);
      return view;
    },
    [1, 2, 0],
  ],
  ["a view of a SharedArrayBuffer", () => new Uint8Array(new SharedArrayBuffer(2)).fill(7), [7, 7]],
  ["a Proxy around an array", () => new Proxy([1, 2], {}), [1, 2]],
  ["an array of a class of its own", () => class extends Array<number> {}.from([1, 2]), [1, 2]],
  ["a frozen array", () => Object.freeze([1, 2]), [1, 2]],
  [
    "a Uint8Array whose slice() would make an array",
    () => {
      class Evil extends Uint8Array {
        static get [Symbol.species]() {
          return Array as unknown as Uint8ArrayConstructor;
        }
      }
      return new Evil([1, 2]);
    },
    [1, 2],
  ],
  [
    "an array with properties and methods of its own",
    () => Object.assign([1, 2], { every: () => false, slice: () => [9], toString: () => "x" }),
    [1, 2],
  ],
  [
    "an array that iterates over something else",
    () =>
      Object.assign([1, 2], {
        *[Symbol.iterator]() {
          yield 9;
        },
      }),
    [1, 2],
  ],
];

const refused: [what: string, make: () => unknown, text: string | RegExp][] = [
  ["an object with a valueOf()", () => ({ valueOf: () => 5 }), "[object Object]"],
  ["an object with a toJSON()", () => ({ toJSON: () => 5 }), "[object Object]"],
  ["an object that converts itself", () => ({ [Symbol.toPrimitive]: () => 5 }), "5"],
  [
    "an object whose toString() throws",
    () => ({
      toString: () => {
        throw new Error("boom");
      },
    }),
    "[object Object]",
  ],
  [
    "an object whose toString() gives an object",
    () => ({ toString: () => ({}), valueOf: () => ({}) }),
    "[object Object]",
  ],
  [
    "an object whose getters throw",
    () => ({
      get a(): never {
        throw new Error("boom");
      },
    }),
    "[object Object]",
  ],
  ["an invalid Date", () => new Date(Number.NaN), "Invalid Date"],
  ["a boxed BigInt", () => Object(1n), "1"],
  ["a boxed Symbol", () => Object(Symbol("x")), "[object Symbol]"],
  ["an Error", () => new RangeError("x"), "RangeError: x"],
  ["a class", () => class {}, "class {"],
  ["a generator", () => (function* () {})(), "[object Generator]"],
  ["a Set of bytes", () => new Set([1]), "[object Set]"],
  ["something like an array", () => ({ length: 1, 0: 1 }), "[object Object]"],
  ["a Blob", () => new Blob(["x"]), "[object Blob]"],
  ["a stream", () => new ReadableStream(), "[object ReadableStream]"],
  ["a stub", () => env.DB.getByName("x"), "[object DurableObject]"],
  ["the global object", () => globalThis, /\[object \w+\]/],
  ["a Proxy around a view", () => new Proxy(new Uint8Array(2), {}), "[object Object]"],
  ["an object that inherits from a view", () => Object.create(Uint8Array.prototype), "[object Object]"],
  [
    "an array with a hole",
    () => {
      const holed = [1, 2, 3];
      delete holed[1];
      return holed;
    },
    "1,,3",
  ],
  ["nothing but holes", () => new Array(3), ",,"],
  ["an array whose element is a byte at first and a text then", () => changing("x", 5), "5"],
  ["an array that says of itself that all is well", () => Object.assign(["a"], { every: () => true }), "a"],
  ["an array of true", () => [true], "true"],
  ["an array of a boxed number", () => [Object(1)], "1"],
  [
    "an array that contains itself",
    () => {
      const array: unknown[] = [];
      array.push(array);
      return array;
    },
    "",
  ],
];

const throwing: [what: string, make: () => unknown, failure: RegExp][] = [
  ["a detached buffer", () => detached(new ArrayBuffer(4)), /detached/],
  ["a view of a detached buffer", () => detached(new Uint8Array(4)), /detached/],
  ["a DataView of a detached buffer", () => detached(new DataView(new ArrayBuffer(4))), /detached/],
  [
    "a view that its buffer is too short for",
    () => {
      const buffer = resizable([1, 2, 3, 4], 4);
      const view = new Uint8Array(buffer, 2, 2);
      buffer.resize(2);
      return view;
    },
    /out-of-bounds|out of bounds|detached/,
  ],
  ["a revoked Proxy", () => revoked({}), /revoked/],
  ["a revoked Proxy of an array", () => revoked([1]), /revoked/],
  ["a revoked Proxy of a function", () => revoked(() => {}), /revoked/],
  [
    "an object that inherits from ArrayBuffer",
    () => Object.create(ArrayBuffer.prototype),
    /incompatible receiver/,
  ],
  [
    "an array whose getter throws",
    () =>
      Object.defineProperty([], 0, {
        get: () => {
          throw new TypeError("boom");
        },
      }),
    /boom/,
  ],
];

describe("bind()", () => {
  it.each(bytes)("binds %s by its bytes, and keeps no hold of it", async (_what, make, expected) => {
    const value = make();
    const statement = client().prepare("SELECT typeof(?1) AS type, ?1 AS value").bind(value);
    if (ArrayBuffer.isView(value)) new Uint8Array(value.buffer).fill(99);
    expect(await statement.first()).toEqual({ type: "blob", value: expected });
  });

  it.each(refused)("refuses %s at once, in D1's words", (_what, make, text) => {
    const statement = client().prepare("SELECT ?");
    const shown =
      typeof text === "string"
        ? expect.stringContaining(`not supported for value '${text}`)
        : expect.stringMatching(text);
    let failure: unknown;
    try {
      statement.bind(make());
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({ code: "D1_TYPE_ERROR", message: shown, cause: expect.any(Error) });
  });

  it.each(throwing)("throws a TypeError at once for %s", (_what, make, failure) => {
    const value = make();
    const bind = () => client().prepare("SELECT ?").bind(value);
    expect(bind).toThrow(TypeError);
    expect(bind).toThrow(failure);
  });

  it("reads each element of an array once", async () => {
    const statement = client()
      .prepare("SELECT hex(?) AS bytes")
      .bind(changing(5, "x", 999));
    expect(await statement.first("bytes")).toBe("05");
  });

  it("refuses a sparse array of any length without walking through it", () => {
    const sparse: unknown[] = [];
    sparse.length = 2 ** 32 - 1;
    expect(() => client().prepare("SELECT ?").bind(sparse)).toThrow(
      expect.objectContaining({ code: "LIMIT_EXCEEDED" }),
    );
  });

  it("takes many more values than a statement may have, and the statement refuses them", async () => {
    const statement = client()
      .prepare("SELECT ?")
      .bind(...Array<number>(10_000).fill(1));
    await expect(statement.run()).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  });

  itEveryWayIn("leaves the statement and the database as they were when it refuses a value", async (db) => {
    const statement = db.prepare("SELECT ? AS a, ? AS b").bind(1, 2);
    for (const [, make] of [...refused, ...throwing]) expect(() => statement.bind(3, make())).toThrow(Error);
    expect(await statement.first()).toEqual({ a: 1, b: 2 });
    await expectUsable(db);
  });
});
