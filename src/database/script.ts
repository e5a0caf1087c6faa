import { D1Error } from "../errors.ts";
import type { ExecResult, QueryResult } from "../protocol.ts";
import { RedoLog } from "./redo-log.ts";
import { ResultMemory } from "./result-memory.ts";
import { scriptError } from "./script-error.ts";
import type { SqlRunner } from "./sql-runner.ts";
import { type ScriptStatement, splitLines, splitStatements } from "./sql-text.ts";

/** What running a script gave: every result, and the summary that `exec()` returns. */
export interface ScriptResult {
  results: QueryResult[];
  exec: ExecResult;
}

/**
 * Runs all statements of a script, or none.
 *
 * D1 takes a statement a line without semicolons as well. That is what a script must be in which SQLite's rules
 * find a syntax error, while each of its lines is a statement.
 *
 * @throws D1_EXEC_ERROR that names the line on which the failing statement starts.
 */
export function runScript(runner: SqlRunner, script: string, log: RedoLog): ScriptResult {
  const started = performance.now();
  const results = runInEitherForm(runner, script, log);
  return { results, exec: { count: results.length, duration: performance.now() - started } };
}

/** The same for statements that only read, which need nothing to undo them. */
export function readScript(runner: SqlRunner, statements: readonly ScriptStatement[]): ScriptResult {
  const started = performance.now();
  const results = runEach(runner, statements, new RedoLog());
  return { results, exec: { count: results.length, duration: performance.now() - started } };
}

function runInEitherForm(runner: SqlRunner, script: string, log: RedoLog): QueryResult[] {
  const statements = splitStatements(script);
  if (statements.length === 0) throw scriptError(1, script.trim(), new Error("No SQL statements detected."));
  try {
    return runAll(runner, statements, log);
  } catch (error) {
    const lines = isSyntaxError(error) ? splitLines(script) : [];
    if (lines.length < 2) throw error;
    try {
      return runAll(runner, lines, log);
    } catch (errorInLines) {
      throw isSyntaxError(errorInLines) ? error : errorInLines;
    }
  }
}

function runAll(runner: SqlRunner, statements: readonly ScriptStatement[], log: RedoLog): QueryResult[] {
  return runner.atomically(log, () => runEach(runner, statements, log));
}

function runEach(runner: SqlRunner, statements: readonly ScriptStatement[], log: RedoLog): QueryResult[] {
  const memory = new ResultMemory();
  return statements.map(({ sql, line }) => {
    try {
      return runner.run({ sql, params: [] }, log, memory);
    } catch (error) {
      throw scriptError(line, sql, error);
    }
  });
}

/** The words of SQLite's parser for text that is no statement. */
export function isSyntaxError(error: unknown): boolean {
  return (
    error instanceof D1Error &&
    /: (near ".*": syntax error|incomplete input)( at offset \d+)?: SQLITE_ERROR$/s.test(error.message)
  );
}
