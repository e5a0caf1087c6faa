import { D1Error, DatabaseError } from "../errors.ts";
import type { CompiledStatement, Instruction } from "./compiled-statement.ts";
import { deterministicFunctions } from "./deterministic-functions.ts";
import { writesInOneStep } from "./one-step.ts";
import { isPlainUpdate } from "./plain-writes.ts";
import type { PragmaKind } from "./pragmas.ts";
import { headOf } from "./sql-text.ts";

/** They tell about the connection rather than the rows. */
const counterFunctions: ReadonlySet<string> = new Set(["changes", "total_changes", "last_insert_rowid"]);

/** REINDEX and ANALYZE write without a count; WITH stands before one of the others here. */
const countingVerbs: ReadonlySet<string> = new Set(["INSERT", "REPLACE", "UPDATE", "DELETE", "WITH"]);

const conflictRollback = 1;
const conflictFail = 3;

/** What a PRAGMA does is known by its name: EXPLAIN tells nothing of it. */
export function applyPragma(compiled: CompiledStatement, pragma: PragmaKind): CompiledStatement {
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

/** Reads off the instructions what the statement does. */
export function applyProgram(compiled: CompiledStatement, program: readonly Instruction[]): void {
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
