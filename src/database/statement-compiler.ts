import { D1Error, DatabaseError, messageOf } from "../errors.ts";
import { maxCompiledBytes, maxCompiledStatements } from "../limits.ts";
import type { SqlValue } from "../protocol.ts";
import { applyPragma, applyProgram } from "./apply-program.ts";
import { findCapture } from "./capture.ts";
import type { CompiledStatement, Instruction } from "./compiled-statement.ts";
import { findPlainWrite, type PlainWrite } from "./plain-writes.ts";
import { callsWritingPragma, classifyPragma } from "./pragmas.ts";
import { headOf, splitStatements } from "./sql-text.ts";
import { checkLength, checkParameters, utf8Length } from "./statement-limits.ts";
import { isTransactionControl, parseTransactionControl } from "./transaction-control.ts";

/**
 * Counts the changes of any schema in this isolate. The runtime keeps prepared statements by their text, and
 * SQLite does not compile an EXPLAIN again when the schema has changed; so each schema has its own text.
 */
let schemaGeneration = 0;

/**
 * Learns from SQLite's EXPLAIN what a statement does, defaults, triggers and cascades included, and keeps
 * the answers by SQL text: an EXPLAIN costs some 60 to 100 microseconds, a look-up less than one.
 */
export class StatementCompiler {
  readonly #sql: SqlStorage;
  /** In the order of their last use: a Map iterates in insertion order. */
  readonly #compiled = new Map<string, CompiledStatement>();
  #compiledBytes = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * @throws D1Error with SQLite's message for text that SQLite does not compile.
   * @throws DatabaseError STATEMENT_REFUSED for what would break a transaction, LIMIT_EXCEEDED.
   */
  compile(sql: string, params: readonly SqlValue[]): CompiledStatement {
    checkParameters(params);
    const known = this.#compiled.get(sql);
    if (known !== undefined) {
      // Put back at the end: the oldest use is the first to go.
      this.#compiled.delete(sql);
      this.#compiled.set(sql, known);
      return known;
    }
    checkLength(sql);
    // A copy: the engine keeps the whole of a script in memory for the sake of a part that was cut out of it.
    const copy = structuredClone(sql);
    const compiled = this.#compile(copy, params);
    this.#keep(copy, compiled);
    return compiled;
  }

  /** Forgets everything: the schema, or a flag that changes how statements compile, is another one now. */
  clear(): void {
    this.#compiled.clear();
    this.#compiledBytes = 0;
    schemaGeneration++;
  }

  get size(): number {
    return this.#compiled.size;
  }

  #keep(sql: string, compiled: CompiledStatement): void {
    this.#compiled.set(sql, compiled);
    this.#compiledBytes += sql.length;
    for (const oldest of this.#compiled.keys()) {
      if (this.#compiled.size <= maxCompiledStatements && this.#compiledBytes <= maxCompiledBytes) break;
      this.#compiled.delete(oldest);
      this.#compiledBytes -= oldest.length;
    }
  }

  #compile(text: string, params: readonly SqlValue[]): CompiledStatement {
    const statements = splitStatements(text);
    if (statements.length === 0) throw new D1Error("D1_ERROR", "No SQL statements detected.");
    // Without what stands around it: the runtime takes a comment after the semicolon for one more statement.
    const { sql, start } = statements[0]!;
    const compiled: CompiledStatement = {
      sql,
      parts: undefined,
      writes: false,
      changesSchema: false,
      deterministic: true,
      failsInPart: false,
      insertsOnly: false,
      countsItself: false,
      setsChanges: false,
      returnsRows: true,
      readsCounters: false,
      writesVirtualTable: false,
      defersForeignKeys: false,
      capture: undefined,
      control: parseTransactionControl(sql),
      pragma: classifyPragma(sql),
    };
    if (statements.length > 1) {
      const parts = statements.map(({ sql }) => sql);
      return { ...compiled, parts, writes: !this.#onlyRead(parts, params), control: undefined };
    }
    if (compiled.control !== undefined) return compiled;
    if (isTransactionControl(sql)) {
      throw new D1Error("D1_ERROR", `near "${sql.slice(0, 40)}": syntax error: SQLITE_ERROR`);
    }
    if (compiled.pragma !== undefined) return applyPragma(compiled, compiled.pragma);
    if (callsWritingPragma(sql)) {
      throw new DatabaseError(
        "STATEMENT_REFUSED",
        "pragma_optimize() writes while it looks like a SELECT. Run PRAGMA optimize as a statement, and bind its name " +
          "where it is a value.",
      );
    }
    if (/^EXPLAIN$/i.test(sql.slice(0, 7))) return compiled;
    try {
      const program = this.#explain(sql, params);
      applyProgram(compiled, program);
      if (compiled.writes && !compiled.changesSchema) this.#applyWrite(compiled, program, params);
      return compiled;
    } catch (error) {
      throw moveOffset(error, utf8Length(text.slice(0, start)));
    }
  }

  #applyWrite(
    compiled: CompiledStatement,
    program: readonly Instruction[],
    params: readonly SqlValue[],
  ): void {
    const write = findPlainWrite(program);
    compiled.insertsOnly = write?.kind === "insert";
    if (write === undefined || compiled.deterministic) return;
    const { sql, returnsRows } = compiled;
    const writesTheSame = (variant: string) => this.#writes(variant, params, write);
    compiled.capture = findCapture({ sql, write, program, returnsRows, writesTheSame }, this.#sql);
  }

  #writes(sql: string, params: readonly SqlValue[], write: PlainWrite): boolean {
    try {
      const other = findPlainWrite(this.#explain(sql, params));
      return other?.rootPage === write.rootPage && other.kind === write.kind;
    } catch {
      return false; // too long, or too many columns
    }
  }

  /** What a later one does can often not be asked before the first ones have run: then they count as writes. */
  #onlyRead(parts: readonly string[], params: readonly SqlValue[]): boolean {
    try {
      return parts.every((sql, index) => {
        const { writes, control } = this.compile(sql, index === parts.length - 1 ? params : []);
        return !writes && control === undefined;
      });
    } catch {
      return false;
    }
  }

  #explain(sql: string, params: readonly SqlValue[]): Instruction[] {
    if (headOf(sql, 1)[0] === "QUERY") {
      // Behind an EXPLAIN it would be another statement: EXPLAIN QUERY PLAN PRAGMA ... carries the PRAGMA out.
      throw new D1Error("D1_ERROR", `near "${sql.slice(0, 5)}": syntax error at offset 0: SQLITE_ERROR`);
    }
    const prefix = `EXPLAIN /*${schemaGeneration}*/ `;
    try {
      return this.#sql.exec(prefix + sql, ...params).toArray() as unknown as Instruction[];
    } catch (error) {
      throw moveOffset(sqlError(error), -prefix.length);
    }
  }
}

/** Gives an error of the runtime's SQL interface D1's wording. */
export function sqlError(error: unknown): D1Error {
  return new D1Error("D1_ERROR", messageOf(error), { cause: error });
}

/** "at offset 14" counts the UTF-8 bytes of the text that SQLite was given; the user wrote another. */
function moveOffset(error: unknown, bytes: number): unknown {
  if (!(error instanceof D1Error) || bytes === 0) return error;
  const message = messageOf(error.cause);
  const moved = message.replace(
    /(?<= at offset )\d+(?=: SQLITE_ERROR$)/,
    (offset) => `${Number(offset) + bytes}`,
  );
  return moved === message ? error : new D1Error("D1_ERROR", moved);
}
