import { DatabaseError } from "../errors.ts";
import { maxJsonDepth } from "../limits.ts";

/** What JSON carries as it is. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/**
 * Gives the result of a procedure a form that JSON carries without a loss: binary data becomes an array of
 * its bytes, as D1 gives blobs; a Date becomes its ISO text; `undefined` is left out of objects and is null
 * elsewhere; NaN and the infinities become null, as JSON.stringify has it.
 *
 * @throws DatabaseError RESULT_NOT_JSON for BigInt, Map, Set, cycles, functions, stubs, streams: there is no
 *   form of them that every client would expect, and dropping them silently would lose data. Also for what nests
 *   too deep.
 */
export function toJsonValue(value: unknown, path = "result", ancestors: readonly object[] = []): JsonValue {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") {
    throw notJson(path, "a BigInt", "Return String(value), or Number(value) where it fits");
  }
  if (typeof value !== "object") throw notJson(path, `a ${typeof value}`, "Return plain data");
  if (ancestors.includes(value)) throw notJson(path, "an object that contains itself", "Return plain data");
  if (ancestors.length >= maxJsonDepth) {
    throw notJson(`${path.slice(0, 100)}...`, `nested more than ${maxJsonDepth} deep`, "Return flatter data");
  }
  const inside = [...ancestors, value];
  if (Array.isArray(value)) return value.map((item, index) => toJsonValue(item, `${path}[${index}]`, inside));
  if (value instanceof ArrayBuffer) return Array.from(new Uint8Array(value));
  if (ArrayBuffer.isView(value)) {
    return Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Error)
    return { ...ownJsonProperties(value), name: value.name, message: value.message };
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw notJson(
      path,
      `a ${prototype.constructor?.name ?? "special object"}`,
      "Return a plain object or an array",
    );
  }
  const object: { [key: string]: JsonValue } = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) defineOwn(object, key, toJsonValue(item, `${path}.${key}`, inside));
  }
  return object;
}

/** What only concerns the inside: never part of an answer. `remote` is set by the runtime's RPC. */
const hiddenErrorProperties: ReadonlySet<string> = new Set(["name", "message", "stack", "cause", "remote"]);

/**
 * An error's own properties, without its stack and cause. Here a value that JSON cannot carry becomes its
 * text: the error itself is worth more than the loss of precision.
 */
export function ownJsonProperties(error: Error): { [key: string]: JsonValue } {
  const properties: { [key: string]: JsonValue } = {};
  for (const key of Object.getOwnPropertyNames(error)) {
    if (hiddenErrorProperties.has(key)) continue;
    const value: unknown = Reflect.get(error, key);
    if (value !== undefined) defineOwn(properties, key, toJsonValueOrText(value));
  }
  return properties;
}

function toJsonValueOrText(value: unknown): JsonValue {
  try {
    return toJsonValue(value);
  } catch {
    return String(value);
  }
}

/** An assignment to `__proto__` would change the prototype instead of adding a property. */
function defineOwn(object: object, key: string, value: JsonValue): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function notJson(path: string, what: string, advice: string): DatabaseError {
  return new DatabaseError(
    "RESULT_NOT_JSON",
    `The procedure ran to its end, but JSON cannot carry its result: ${path} is ${what}. ${advice}.`,
  );
}
