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
    `The result has some ${bytes} bytes; one call carries ${maxResponseBytes} (32MiB with what is around it). Nothing was done. ` +
      "Ask for fewer rows with LIMIT, or work on the rows in a procedure.",
  );
}

const bytesOfNumber = 9;

function sizeOf(results: readonly QueryResult[], bytesOf: (value: ResultValue) => number): number {
  let bytes = 0;
  for (const { data } of results) {
    for (const row of data.rows) {
      for (let column = 0; column < row.length; column++) bytes += bytesOf(row[column] ?? null);
    }
  }
  return bytes;
}

/** A string is sent with one byte a character when it has no other than Latin-1 ones, else with two. */
function upperBound(value: ResultValue): number {
  if (typeof value === "string") return 2 * value.length + bytesOfNumber;
  return value instanceof ArrayBuffer ? value.byteLength + bytesOfNumber : bytesOfNumber;
}

function exactSize(value: ResultValue): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are Latin-1, too.
  const isLatin1 = typeof value === "string" && /^[\x00-\xff]*$/.test(value);
  return isLatin1 ? value.length + bytesOfNumber : upperBound(value);
}
