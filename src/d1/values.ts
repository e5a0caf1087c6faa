import { D1Error, DatabaseError } from "../errors.ts";
import { maxValueBytes } from "../limits.ts";
import type { ResultValue, SqlValue } from "../protocol.ts";

/**
 * Converts a JavaScript value to what is bound, as D1's client does: booleans become 0 and 1, NaN and the
 * infinities NULL and -0 becomes 0 (D1 sends JSON), views and arrays of bytes become blobs. Bytes are copied, so that a
 * caller who reuses a buffer does not change a statement that waits.
 *
 * @throws D1_TYPE_ERROR for every other type, `undefined` and BigInt included.
 */
export function toSqlValue(value: unknown): SqlValue {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return throughJson(value);
    case "boolean":
      return value ? 1 : 0;
    case "object": {
      if (value === null) return null;
      if (value instanceof ArrayBuffer) return value.slice(0);
      if (ArrayBuffer.isView(value)) return bytesOfView(value);
      if (Array.isArray(value)) {
        const bytes = bytesOfArray(value);
        if (bytes !== undefined) return bytes;
      }
    }
  }
  throw new D1Error("D1_TYPE_ERROR", `Type '${typeof value}' not supported for value '${display(value)}'`);
}

/**
 * Converts a stored value to what D1 gives to JavaScript: a blob becomes an array of its bytes, an infinity
 * null, and -0 becomes 0.
 */
export function fromSqlValue(value: ResultValue): null | number | string | bigint | number[] {
  if (typeof value === "number") return throughJson(value);
  return value instanceof ArrayBuffer ? Array.from(new Uint8Array(value)) : value;
}

/** D1 sends numbers as JSON, in both directions. */
function throughJson(value: number): number | null {
  return Number.isFinite(value) ? value + 0 : null;
}

/** @throws TypeError for a view whose buffer was detached, or has shrunk from under it. */
function bytesOfView(view: ArrayBufferView): ArrayBuffer {
  if (!(view instanceof DataView)) Uint8Array.prototype.values.call(view as Uint8Array);
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice().buffer as ArrayBuffer;
}

/** Undefined for an array of anything but bytes. Each element is read once, and a hole is no byte. */
function bytesOfArray(array: readonly unknown[]): ArrayBuffer | undefined {
  // A sparse array of any length costs its sender nothing.
  if (array.length > maxValueBytes) {
    throw new DatabaseError(
      "LIMIT_EXCEEDED",
      `An array of ${array.length} elements is no parameter; the limit of a blob is ${maxValueBytes} bytes.`,
    );
  }
  const bytes = new Uint8Array(array.length);
  for (let index = 0; index < array.length; index++) {
    const value = array[index];
    if (typeof value !== "number" || !(value >= 0 && value < 256)) return undefined;
    bytes[index] = value;
  }
  return bytes.buffer;
}

/** Characters of a value that an error repeats. */
const maxDisplayed = 1_000;

/** `String(value)` fails for objects without a prototype, and a TypeError would hide the mistake. */
function display(value: unknown): string {
  try {
    const text = String(value);
    return text.length > maxDisplayed ? `${text.slice(0, maxDisplayed)}...` : text;
  } catch {
    return Object.prototype.toString.call(value);
  }
}
