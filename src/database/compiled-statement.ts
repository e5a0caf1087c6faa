import type { Capture } from "./capture.ts";
import type { PragmaKind } from "./pragmas.ts";
import type { TransactionControl } from "./transaction-control.ts";

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
