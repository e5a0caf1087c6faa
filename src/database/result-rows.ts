import { DatabaseError } from "../errors.ts";
import { maxResultBytes } from "../limits.ts";
import type { SqlValue } from "../protocol.ts";

/** What a row and a value take in memory, beside the text or the bytes of the value. */
const bytesAroundRow = 24;
const bytesAroundValue = 16;

/** What the results take in memory that one call is given together. */
export class ResultMemory {
  bytes = 0;

  get isExceeded(): boolean {
    return this.bytes > maxResultBytes;
  }
}

/**
 * The rows that one statement gives. Past the limit it keeps none, however many still come: a cursor has to be read to its end
 * (raw-rows.ts).
 */
export class ResultRows {
  readonly #rows: SqlValue[][] = [];
  readonly #memory: ResultMemory;

  constructor(memory: ResultMemory) {
    this.#memory = memory;
  }

  add(row: SqlValue[]): void {
    this.#memory.bytes += sizeOf(row);
    if (this.#memory.isExceeded) this.#rows.length = 0;
    else this.#rows.push(row);
  }

  /** @throws DatabaseError LIMIT_EXCEEDED */
  all(): SqlValue[][] {
    if (!this.#memory.isExceeded) return this.#rows;
    throw new DatabaseError(
      "LIMIT_EXCEEDED",
      `The result takes some ${this.#memory.bytes} bytes; one call gives ${maxResultBytes}, for all that goes on in the object shares 128 MB. ` +
        "Nothing was done. Ask for fewer rows with LIMIT, or for the next page with a condition on the last key.",
    );
  }
}

/** All rows of a cursor. @throws DatabaseError LIMIT_EXCEEDED */
export function resultRows(
  cursor: SqlStorageCursor<Record<string, SqlStorageValue>>,
  memory: ResultMemory,
): SqlValue[][] {
  const rows = new ResultRows(memory);
  for (const row of cursor.raw<SqlValue[]>()) rows.add(row);
  return rows.all();
}

function sizeOf(row: readonly SqlValue[]): number {
  let bytes = bytesAroundRow;
  for (let column = 0; column < row.length; column++) {
    const value = row[column];
    bytes += bytesAroundValue;
    if (typeof value === "string") bytes += value.length;
    else if (value instanceof ArrayBuffer) bytes += value.byteLength;
  }
  return bytes;
}
