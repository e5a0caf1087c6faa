import { D1Error, messageOf } from "../errors.ts";
import type { ExecResult, QueryResult } from "../protocol.ts";
import type { RedoLog } from "./redo-log.ts";
import type { SqlRunner } from "./sql-runner.ts";
import { type ScriptStatement, splitStatements } from "./sql-text.ts";

/** What running a script gave: every result, and the summary that `exec()` returns. */
export interface ScriptResult {
  results: QueryResult[];
  exec: ExecResult;
}

/**
 * Runs all statements of a script, or none.
 *
 * @throws D1_EXEC_ERROR that names the line on which the failing statement starts.
 */
export function runScript(runner: SqlRunner, script: string, log: RedoLog): ScriptResult {
  const started = performance.now();
  const statements = splitStatements(script);
  if (statements.length === 0) throw execError(1, script.trim(), "No SQL statements detected.");
  const results = runner.atomically(log, () =>
    statements.flatMap((statement) =>
      linesOf(runner, statement).map(({ sql, line }) => {
        try {
          return runner.run({ sql, params: [] }, log);
        } catch (error) {
          throw execError(line, sql, messageOf(error instanceof D1Error ? error.cause : error));
        }
      }),
    ),
  );
  return { results, exec: { count: results.length, duration: performance.now() - started } };
}

/**
 * The statements between two semicolons: one as a rule. D1 also takes a statement a line without semicolons;
 * that is what it must be when the whole is no statement, while its first line is.
 */
function linesOf(runner: SqlRunner, statement: ScriptStatement): Pick<ScriptStatement, "sql" | "line">[] {
  if (!statement.sql.includes("\n") || runner.compiles(statement.sql)) return [statement];
  const lines = statement.sql.split("\n").flatMap((text, index) =>
    // A line may be blank, or hold nothing but a comment.
    splitStatements(text).map(({ sql }) => ({ sql, line: statement.line + index })),
  );
  return lines.length > 1 && runner.compiles(lines[0]!.sql) ? lines : [statement];
}

function execError(line: number, sql: string, message: string): D1Error {
  return new D1Error("D1_EXEC_ERROR", `Error in line ${line}: ${sql}: ${message}`);
}
