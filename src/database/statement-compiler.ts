import { D1Error, DatabaseError, messageOf } from "../errors.ts";
import { maxCompiledBytes, maxCompiledStatements } from "../limits.ts";
import type { SqlValue } from "../protocol.ts";
import { type Capture, findCapture } from "./capture.ts";
import { deterministicFunctions } from "./deterministic-functions.ts";
import { writesInOneStep } from "./one-step.ts";
import { findPlainWrite, isPlainUpdate, type PlainWrite } from "./plain-writes.ts";
import { callsWritingPragma, classifyPragma, type PragmaKind } from "./pragmas.ts";
import { headOf, splitStatements } from "./sql-text.ts";
import { checkLength, checkParameters, utf8Length } from "./statement-limits.ts";
import {
  isTransactionControl,
  parseTransactionControl,
  type TransactionControl,
} from "./transaction-control.ts";

/** One row of EXPLAIN: an instruction of SQLite's virtual machine. https://sqlite.org/opcode.html */
export interface Instruction {
  addr: number;
  opcode: string;
  p1: number;
  p2: number;
  p3: number;
  p4: string | null;
  p5: number;
}

/** What the engine must know about a statement before it runs it. */
export interface CompiledStatement {
  sql: string;
  /** The statements of a text that has several; undefined for one. What else stands here holds for one only. */
  parts: readonly string[] | undefined;
  /** False: it changes no row and no schema, whatever its parameters are. */
  writes: boolean;
  changesSchema: boolean;
  /** True: run twice on the same rows with the same parameters, it does the same. */
  deterministic: boolean;
  /**
   * It may end with a failure and keep what it did before. ON CONFLICT FAIL and RAISE(FAIL) mean to; and SQLite
   * keeps a journal of a statement only where it foresees a failure, which it does not for malformed JSON, an
   * overflow, a value too big, or triggers too deep.
   */
  failsInPart: boolean;
  /** It does nothing but insert rows, so that last_insert_rowid() afterwards is of its own making. */
  insertsOnly: boolean;
  /**
   * It updates one record a row and writes nothing else, no index and no trigger's work: the rows that it has
   * written are the rows that it has changed, and last_insert_rowid() stays.
   */
  countsItself: boolean;
  /** It sets changes(), as INSERT, UPDATE and DELETE do. */
  setsChanges: boolean;
  /** It gives rows, be it none this time. */
  returnsRows: boolean;
  /** It calls changes(), total_changes() or last_insert_rowid(). */
  readsCounters: boolean;
  /** It writes to an FTS5 table, itself or by a trigger. */
  writesVirtualTable: boolean;
  /** It may leave a foreign key violated that is only checked at the commit. */
  defersForeignKeys: boolean;
  /** How to log the row that a non-deterministic statement has made; undefined where that is not provably exact. */
  capture: Capture | undefined;
  control: TransactionControl | undefined;
  pragma: PragmaKind | undefined;
}

/**
 * Counts the changes of any schema in this isolate. The runtime keeps prepared statements by their text, and
 * SQLite does not compile an EXPLAIN again when the schema has changed; so each schema has its own text.
 */
let schemaGeneration = 0;

/** They tell about the connection rather than the rows. */
const counterFunctions: ReadonlySet<string> = new Set(["changes", "total_changes", "last_insert_rowid"]);

/** REINDEX and ANALYZE write without a count; WITH stands before one of the others here. */
const countingVerbs: ReadonlySet<string> = new Set(["INSERT", "REPLACE", "UPDATE", "DELETE", "WITH"]);

const conflictRollback = 1;
const conflictFail = 3;

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

function applyPragma(compiled: CompiledStatement, pragma: PragmaKind): CompiledStatement {
  const explained = /^\s*EXPLAIN/i.test(compiled.sql);
  if (pragma === "refused" || (explained && pragma !== "read")) {
    throw new D1Error("D1_ERROR", "not authorized: SQLITE_AUTH");
  }
  if (pragma !== "read") compiled.writes = true;
  if (pragma === "optimize") {
    compiled.changesSchema = true;
    compiled.deterministic = false;
  }
  return compiled;
}

function applyProgram(compiled: CompiledStatement, program: readonly Instruction[]): void {
  for (const { opcode, p1, p2, p4, p5 } of program) {
    switch (opcode) {
      case "Transaction":
        if (p2 !== 0) compiled.writes = true;
        break;
      case "ParseSchema":
      case "SetCookie":
      case "Destroy":
        compiled.changesSchema = true;
        break;
      case "Function":
      case "PureFunc":
      case "AggStep":
      case "AggInverse":
        if (!deterministicFunctions.has(functionName(p4))) compiled.deterministic = false;
        if (counterFunctions.has(functionName(p4))) compiled.readsCounters = true;
        break;
      case "Halt":
      case "HaltIfNull":
        if (p1 !== 0) applyConflict(compiled, p2);
        break;
      case "VUpdate":
        compiled.writesVirtualTable = true;
        applyConflict(compiled, p5);
        break;
      case "FkCounter":
        if (p1 !== 0) compiled.defersForeignKeys = true;
        break;
    }
  }
  compiled.returnsRows = program.some(({ opcode }) => opcode === "ResultRow");
  if (compiled.writes && !writesInOneStep(program)) compiled.failsInPart = true;
  compiled.countsItself = isPlainUpdate(program);
  compiled.setsChanges = compiled.writes && countingVerbs.has(headOf(compiled.sql, 1)[0] ?? "");
}

function applyConflict(compiled: CompiledStatement, action: number): void {
  if (action === conflictFail) compiled.failsInPart = true;
  if (action !== conflictRollback) return;
  // It would end the physical transaction without a word, and what follows would be durable on its own.
  throw new DatabaseError(
    "STATEMENT_REFUSED",
    "ON CONFLICT ROLLBACK and RAISE(ROLLBACK) end the transaction behind the engine's back. " +
      "Use ABORT (the default), and throw in the callback to roll the transaction back.",
  );
}

/** `p4` of a function call is "name(arity)". */
function functionName(p4: string | null): string {
  return (p4 ?? "").replace(/\(-?\d+\)$/, "").toLowerCase();
}
