import { DatabaseError } from "../errors.ts";
import { maxResponseBytes } from "../limits.ts";
import type { QueryResult, ResultValue } from "../protocol.ts";

/**
 * @throws DatabaseError LIMIT_EXCEEDED for results that RPC cannot carry. To be asked while they can still be
 *   undone: RPC itself refuses them when they are committed.
 */
export function checkResponseSize(results: readonly QueryResult[]): void {
  if (sizeOf(results, upperBound) <= maxResponseBytes) return;
  const bytes = sizeOf(results, exactSize);
  if (bytes <= maxResponseBytes) return;
  throw new DatabaseError(
    "LIMIT_EXCEEDED",
    `The result has some ${bytes} bytes; one call carries ${maxResponseBytes} (32MiB in all). Nothing was done. ` +
      "Ask for fewer rows with LIMIT, or work on the rows in a procedure.",
  );
}

/** What V8's serializer, which RPC uses, puts around the values of a row, and before a string or blob. */
const bytesAroundRow = 8;
const bytesOfMeta = 400;
const bytesAroundValue = 8;

function sizeOf(results: readonly QueryResult[], bytesOf: (value: ResultValue) => number): number {
  let bytes = 0;
  for (const { data } of results) {
    bytes += bytesOfMeta;
    for (const column of data.columns) bytes += bytesOf(column);
    for (const row of data.rows) {
      bytes += bytesAroundRow;
      for (const value of row) bytes += bytesOf(value);
    }
  }
  return bytes;
}

function upperBound(value: ResultValue): number {
  return typeof value === "string" ? 2 * value.length + bytesAroundValue : exactSize(value);
}

function exactSize(value: ResultValue): number {
  if (value === null) return 1;
  if (typeof value === "number") return Object.is(value | 0, value) ? 1 + varintLength(value) : 9;
  if (value instanceof ArrayBuffer) return value.byteLength + bytesAroundValue;
  if (typeof value === "bigint") return 16;
  // One byte a character when there are only Latin-1 ones, else two.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are Latin-1, too.
  return (/^[\x00-\xff]*$/.test(value) ? 1 : 2) * value.length + bytesAroundValue;
}

/** Seven bits a byte, the sign in the lowest. */
function varintLength(integer: number): number {
  const bits = 32 - Math.clz32((integer << 1) ^ (integer >> 31));
  return Math.max(1, Math.ceil(bits / 7));
}
