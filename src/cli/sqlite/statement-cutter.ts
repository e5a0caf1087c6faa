import { StatementScanner } from "../../database/import/statement-scanner.ts";

/** One statement, or many INSERTs that hold nothing but values. */
export interface SqlPiece {
  sql: string;
  isRows: boolean;
}

/** Cuts a stream of SQL between its statements. What it keeps is one statement that is not whole yet. */
export class StatementCutter {
  readonly #scanner = new StatementScanner();
  // An error, not a replacement: rows must not be changed.
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #rest: Uint8Array = new Uint8Array();

  /** What has become whole with these bytes. */
  *cut(bytes: Uint8Array): Generator<SqlPiece> {
    const window = Buffer.concat([this.#rest, bytes]);
    const end = yield* this.#pieces(window, false);
    this.#rest = window.subarray(end);
  }

  /** The last statement needs no semicolon. */
  *end(): Generator<SqlPiece> {
    yield* this.#pieces(this.#rest, true);
    this.#rest = new Uint8Array();
  }

  /** @returns Where that starts which is not whole. */
  *#pieces(window: Uint8Array, whole: boolean): Generator<SqlPiece, number> {
    let at = 0;
    let rowsStart = -1;
    for (;;) {
      const found = this.#scanner.next(window, at, whole);
      const isRows = typeof found === "object" && found.insertHead !== undefined;
      if (rowsStart !== -1 && !isRows) {
        yield { sql: this.#text(window.subarray(rowsStart, at)), isRows: true };
        rowsStart = -1;
      }
      if (found === "nothing") return window.length;
      if (found === "incomplete") return at;
      if (!isRows) yield { sql: this.#text(window.subarray(found.start, found.end)), isRows: false };
      else if (rowsStart === -1) rowsStart = found.start;
      at = Math.min(found.end + 1, window.length);
    }
  }

  #text(bytes: Uint8Array): string {
    const text = this.#utf8.decode(bytes);
    // SQLite would read up to there only.
    if (text.includes("\0"))
      throw new Error("The SQL of the backup has a NUL character in it, which SQL cannot have.");
    return text;
  }
}
