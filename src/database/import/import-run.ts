import { DatabaseError, messageOf } from "../../errors.ts";
import { maxImportStatementBytes, maxStatementBytes } from "../../limits.ts";
import type { StatementMessage } from "../../protocol.ts";
import { classifyPragma } from "../pragmas.ts";
import { RedoLog } from "../redo-log.ts";
import { scriptError } from "../script-error.ts";
import type { SqlRunner } from "../sql-runner.ts";
import { isTransactionControl, parseTransactionControl } from "../transaction-control.ts";
import { splitLongInsert } from "./long-insert.ts";
import { type ScannedStatement, StatementScanner } from "./statement-scanner.ts";

/** Bytes of INSERTs that SQLite is given at once: for each of them it copies what is left of the text. */
const groupBytes = 8_000;

/**
 * Executes the statements of an SQL file, on whatever transaction is open. A dump is INSERTs for the most part: those that hold
 * nothing but values are compiled once for each table, and given to SQLite several at once.
 */
export class ImportRun {
  /** Statements executed. */
  numQueries = 0;
  rowsRead = 0;
  readonly #runner: SqlRunner;
  readonly #scanner = new StatementScanner();
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #foreignKeysSuspended: boolean;
  /** Heads of INSERTs that were compiled since the schema last changed. */
  #known = new Set<string>();
  #linesBefore = 0;
  #group: ScannedStatement[] = [];

  /** @param foreignKeysSuspended The file starts with PRAGMA foreign_keys=OFF, and that holds. */
  constructor(runner: SqlRunner, foreignKeysSuspended: boolean) {
    this.#runner = runner;
    this.#foreignKeysSuspended = foreignKeysSuspended;
  }

  /** The line of the file after what was executed, from 1. */
  get line(): number {
    return this.#linesBefore + 1;
  }

  /**
   * Executes every whole statement of a window.
   *
   * @param whole The window ends where the file ends.
   * @returns The bytes that are done with.
   * @throws DatabaseError or D1Error that names the statement and its line.
   */
  execute(bytes: Uint8Array, whole: boolean): number {
    let done = 0;
    for (;;) {
      const statement = this.#scanner.next(bytes, done, whole);
      if (statement === "nothing" || statement === "incomplete") {
        this.#runGroup(bytes);
        done = statement === "nothing" ? bytes.length : this.#scanner.endOfBlanks(bytes, done, whole).at;
        if (bytes.length - done > maxImportStatementBytes) throw this.#tooLong(bytes, done);
        this.#linesBefore += countLines(bytes, done);
        return done;
      }
      const { start, end, insertHead } = statement;
      if (insertHead !== undefined && this.#known.has(insertHead) && end - start <= groupBytes) {
        this.#addToGroup(bytes, statement);
      } else {
        this.#runGroup(bytes);
        this.#runAlone(bytes, statement);
      }
      done = Math.min(statement.end + 1, bytes.length);
    }
  }

  #addToGroup(bytes: Uint8Array, statement: ScannedStatement): void {
    const [first] = this.#group;
    if (first !== undefined && statement.end - first.start > groupBytes) this.#runGroup(bytes);
    this.#group.push(statement);
  }

  #runGroup(bytes: Uint8Array): void {
    const group = this.#group;
    if (group.length === 0) return;
    this.#group = [];
    if (!this.#runAtOnce(bytes, group)) {
      // Nothing of the group is left: one by one they tell which it was.
      for (const statement of group) this.#at(bytes, statement, (sql) => this.#runner.runUnlogged(sql));
    }
    this.numQueries += group.length;
  }

  /** False: one of them fails, or what stands between them is no text for SQLite. */
  #runAtOnce(bytes: Uint8Array, group: readonly ScannedStatement[]): boolean {
    try {
      this.#runner.runUnlogged(this.#textOf(bytes, group[0]!.start, group.at(-1)!.end));
      return true;
    } catch {
      return false;
    }
  }

  #runAlone(bytes: Uint8Array, { start, end, insertHead }: ScannedStatement): void {
    this.#at(bytes, { start, end }, (sql) => {
      if (insertHead === undefined) {
        if (!this.#isAboutTheTransaction(sql)) this.#run({ sql, params: [] });
      } else if (end - start <= maxStatementBytes) {
        this.#insert(insertHead, { sql, params: [] });
      } else {
        // The head is told byte by byte.
        const rowsStart = start + insertHead.length;
        const parts = splitLongInsert(
          this.#textOf(bytes, start, rowsStart),
          this.#textOf(bytes, rowsStart, end),
        );
        for (const part of parts) this.#insert(insertHead, part);
      }
    });
    this.numQueries++;
  }

  #insert(head: string, message: StatementMessage): void {
    if (message.params.length === 0 && this.#known.has(head)) {
      this.#runner.runUnlogged(message.sql);
    } else {
      this.#run(message);
      this.#known.add(head);
    }
  }

  #run(message: StatementMessage): void {
    const { changesSchema } = this.#runner.compiler.compile(message.sql, message.params);
    this.rowsRead += this.#runner.run(message, new RedoLog()).meta.rows_read;
    if (changesSchema) this.#known.clear();
  }

  /** The sqlite3 command line puts them around a dump: the import is the transaction. */
  #isAboutTheTransaction(sql: string): boolean {
    if (isTransactionControl(sql)) {
      const verb = parseTransactionControl(sql)?.verb;
      if (verb === "begin" || verb === "commit") return true;
      throw new DatabaseError(
        "TRANSACTION_MISUSE",
        "An import is one transaction: take ROLLBACK, SAVEPOINT and RELEASE out of the file.",
      );
    }
    if (classifyPragma(sql) === "suspend-foreign-keys" && !this.#foreignKeysSuspended) {
      throw new DatabaseError(
        "STATEMENT_REFUSED",
        "PRAGMA foreign_keys=OFF must stand before all other statements of the file: SQLite ignores it inside a transaction.",
      );
    }
    return false;
  }

  #at(bytes: Uint8Array, statement: { start: number; end: number }, work: (sql: string) => void): void {
    let sql = "";
    try {
      sql = this.#textOf(bytes, statement.start, statement.end);
      work(sql);
    } catch (error) {
      throw scriptError(this.#lineOf(bytes, statement), sql, error);
    }
  }

  #textOf(bytes: Uint8Array, start: number, end: number): string {
    let text: string;
    try {
      text = this.#utf8.decode(bytes.subarray(start, end));
    } catch (cause) {
      throw new DatabaseError("STATEMENT_REFUSED", `The file is not UTF-8 text: ${messageOf(cause)}`, {
        cause,
      });
    }
    if (!text.includes("\0")) return text;
    // SQLite reads a text up to its first NUL and would silently ignore the rest.
    throw new DatabaseError(
      "STATEMENT_REFUSED",
      "The file contains a NUL character. Write such a text as CAST(X'...' AS TEXT).",
    );
  }

  #lineOf(bytes: Uint8Array, { start }: { start: number }): number {
    return this.#linesBefore + countLines(bytes, start) + 1;
  }

  #tooLong(bytes: Uint8Array, start: number): Error {
    const error = new DatabaseError(
      "LIMIT_EXCEEDED",
      `The statement has more than ${maxImportStatementBytes} bytes, or a quote or comment that is never closed.`,
    );
    const beginning = new TextDecoder().decode(bytes.subarray(start, start + 200));
    return scriptError(this.#lineOf(bytes, { start }), beginning, error);
  }
}

const lineFeed = 0x0a;

function countLines(bytes: Uint8Array, end: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1 && at < end; at = bytes.indexOf(lineFeed, at + 1)) lines++;
  return lines;
}
