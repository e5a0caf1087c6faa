import { DatabaseError } from "../errors.ts";
import { maxResultBytes } from "../limits.ts";
import type { SqlValue } from "../protocol.ts";

/** What a row and a value take in memory, beside the text or the bytes of the value. */
const bytesAroundRow = 24;
const bytesAroundValue = 16;

/** What the results take in memory that one call is given together. */
export class ResultMemory {
  #bytes = 0;

  /** All rows of a cursor. @throws DatabaseError LIMIT_EXCEEDED */
  read(cursor: SqlStorageCursor<Record<string, SqlStorageValue>>): SqlValue[][] {
    const rows: SqlValue[][] = [];
    for (const row of cursor.raw<SqlValue[]>()) this.keep(row, rows);
    this.check();
    return rows;
  }

  /** Past the limit nothing is kept, however many rows still come: a cursor has to be read to its end (raw-rows.ts). */
  keep(row: SqlValue[], rows: SqlValue[][]): void {
    this.#bytes += sizeOf(row);
    if (this.#bytes > maxResultBytes) rows.length = 0;
    else rows.push(row);
  }

  /** @throws DatabaseError LIMIT_EXCEEDED when not all was kept. */
  check(): void {
    if (this.#bytes <= maxResultBytes) return;
    throw new DatabaseError(
      "LIMIT_EXCEEDED",
      `The rows take some ${this.#bytes} bytes of memory; those of one call may take ${maxResultBytes}. Nothing was done. ` +
        "Read them in pages: LIMIT, and a condition on the last key.",
    );
  }
}

function sizeOf(row: readonly SqlValue[]): number {
  let bytes = bytesAroundRow;
  for (const value of row) {
    bytes += bytesAroundValue;
    if (typeof value === "string") bytes += value.length;
    else if (value instanceof ArrayBuffer) bytes += value.byteLength;
  }
  return bytes;
}
