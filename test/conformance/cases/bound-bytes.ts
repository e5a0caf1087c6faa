import { expect } from "vitest";
import { type Concept, everywhere } from "../conformance-case.ts";
import { failureOf } from "../failures.ts";

/** The bytes that SQLite has got for a parameter, in hexadecimal, and what comes back. */
function boundAs(db: D1Database, value: unknown): Promise<Record<string, unknown> | null> {
  return db.prepare("SELECT ?1 AS value, typeof(?1) AS type, hex(?1) AS bytes").bind(value).first();
}

const threeBytes = { value: [1, 2, 255], type: "blob", bytes: "0102FF" };
const noBytes = { value: [], type: "blob", bytes: "" };

/** A number in the bytes in which the machine keeps it. */
const bytesOf = (view: ArrayBufferView): number[] => [
  ...new Uint8Array(view.buffer, view.byteOffset, view.byteLength),
];

export default {
  title: "Bytes as parameters",
  cases: [
    {
      behaviour: "binds a Uint8Array, an ArrayBuffer and an array of bytes as the same blob",
      async run(db) {
        const bytes = new Uint8Array([1, 2, 255]);
        expect(await boundAs(db, bytes)).toEqual(threeBytes);
        expect(await boundAs(db, bytes.buffer)).toEqual(threeBytes);
        expect(await boundAs(db, [1, 2, 255])).toEqual(threeBytes);
      },
    },
    {
      behaviour: "binds empty bytes as an empty blob, not as NULL",
      async run(db) {
        expect(await boundAs(db, new Uint8Array())).toEqual(noBytes);
        expect(await boundAs(db, new ArrayBuffer(0))).toEqual(noBytes);
        expect(await boundAs(db, [])).toEqual(noBytes);
      },
    },
    {
      behaviour: "binds of a view only the part of its buffer that it shows",
      async run(db) {
        const view = new Uint8Array([0, 1, 2, 3]).subarray(1, 3);
        expect(await boundAs(db, view)).toEqual({ value: [1, 2], type: "blob", bytes: "0102" });
      },
    },
    {
      behaviour: "binds a Buffer, an Int8Array and a Uint8ClampedArray by their bytes",
      async run(db) {
        expect(await boundAs(db, Buffer.from("hi"))).toMatchObject({ bytes: "6869" });
        expect(await boundAs(db, new Int8Array([-1, 1]))).toMatchObject({ bytes: "FF01" });
        expect(await boundAs(db, new Uint8ClampedArray([1, 300]))).toMatchObject({ bytes: "01FF" });
      },
    },
    {
      behaviour: "cuts the fractions off an array of bytes",
      async run(db) {
        expect(await boundAs(db, [1.5, 254.9])).toMatchObject({ value: [1, 254] });
      },
    },
    {
      behaviour: "copies a typed array and an ArrayBuffer when they are bound",
      async run(db) {
        const bytes = new Uint8Array([1, 2]);
        const view = db.prepare("SELECT hex(?) AS bytes").bind(bytes);
        const buffer = db.prepare("SELECT hex(?) AS bytes").bind(bytes.buffer);
        bytes[0] = 9;
        expect(await view.first("bytes")).toBe("0102");
        expect(await buffer.first("bytes")).toBe("0102");
      },
    },
    {
      behaviour: "stores what a bound array of bytes holds when the statement runs",
      async run(db) {
        const bytes = [1, 2];
        const statement = db.prepare("SELECT hex(?) AS bytes").bind(bytes);
        bytes[0] = 9;
        expect(await statement.first("bytes")).toBe("0902");
      },
      differs: [
        {
          on: everywhere,
          entry: "Bound bytes are copied",
          async run(db) {
            const bytes = [1, 2];
            const statement = db.prepare("SELECT hex(?) AS bytes").bind(bytes);
            bytes[0] = 9;
            expect(await statement.first("bytes")).toBe("0102");
          },
        },
      ],
    },
    {
      behaviour: "asks a bound array of bytes for its toJSON()",
      async run(db) {
        const bytes = Object.assign([1, 2], { toJSON: () => "other" });
        expect(await boundAs(db, bytes)).toMatchObject({ value: "other", type: "text" });
      },
      differs: [
        {
          on: everywhere,
          entry: "Bound bytes are copied",
          async run(db) {
            const bytes = Object.assign([1, 2], { toJSON: () => "other" });
            expect(await boundAs(db, bytes)).toMatchObject({ value: [1, 2], type: "blob" });
          },
        },
      ],
    },
    {
      behaviour: "fails for an array of bytes with a hole",
      async run(db) {
        const holed = [1, 2, 3];
        delete holed[1];
        const { message } = await failureOf(boundAs(db, holed));
        expect(message).toMatch(/^D1_ERROR: Failed to parse body as JSON/);
      },
      differs: [
        {
          on: everywhere,
          entry: "Bound bytes are copied",
          async run(db) {
            const holed = [1, 2, 3];
            delete holed[1];
            expect(() => db.prepare("SELECT ?").bind(holed)).toThrow(
              "D1_TYPE_ERROR: Type 'object' not supported",
            );
          },
        },
      ],
    },
    {
      behaviour: "binds a DataView as an empty blob",
      async run(db) {
        expect(await boundAs(db, new DataView(new Uint8Array([1, 2, 255]).buffer))).toEqual(noBytes);
      },
      differs: [
        {
          on: everywhere,
          entry: "Every view is bound by its bytes",
          async run(db) {
            const { buffer } = new Uint8Array([9, 1, 2, 255, 9]);
            expect(await boundAs(db, new DataView(buffer, 1, 3))).toEqual(threeBytes);
          },
        },
      ],
    },
    {
      behaviour: "binds an array of wider integers by the last byte of each",
      async run(db) {
        expect(await boundAs(db, new Uint16Array([1, 258]))).toMatchObject({ value: [1, 2] });
        expect(await boundAs(db, new Int32Array([1, 257, -1]))).toMatchObject({ value: [1, 1, 255] });
      },
      differs: [
        {
          on: everywhere,
          entry: "Every view is bound by its bytes",
          async run(db) {
            for (const view of [new Uint16Array([1, 258]), new Int32Array([1, 257, -1])]) {
              expect(await boundAs(db, view)).toMatchObject({ value: bytesOf(view), type: "blob" });
            }
          },
        },
      ],
    },
    {
      behaviour: "binds an array of floating-point numbers by the last byte of their whole parts",
      async run(db) {
        expect(await boundAs(db, new Float32Array([1.5, 300, -1]))).toMatchObject({ value: [1, 44, 255] });
        expect(await boundAs(db, new Float64Array([1.5]))).toMatchObject({ value: [1] });
      },
      differs: [
        {
          on: everywhere,
          entry: "Every view is bound by its bytes",
          async run(db) {
            for (const view of [new Float32Array([1.5, 300, -1]), new Float64Array([1.5])]) {
              expect(await boundAs(db, view)).toMatchObject({ value: bytesOf(view), type: "blob" });
            }
          },
        },
      ],
    },
    {
      behaviour: "fails with a TypeError when a statement with a BigInt64Array runs",
      async run(db) {
        const failure = await failureOf(boundAs(db, new BigInt64Array([1n])));
        expect(failure).toBeInstanceOf(TypeError);
      },
      differs: [
        {
          on: everywhere,
          entry: "Every view is bound by its bytes",
          async run(db) {
            const view = new BigInt64Array([1n]);
            expect(await boundAs(db, view)).toMatchObject({ value: bytesOf(view), type: "blob" });
          },
        },
      ],
    },
  ],
} satisfies Concept;
