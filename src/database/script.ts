import { D1Error, messageOf } from "../errors.ts";
import type { ExecResult, QueryResult } from "../protocol.ts";
import type { RedoLog } from "./redo-log.ts";
import type { SqlRunner } from "./sql-runner.ts";
import { splitStatements } from "./sql-text.ts";

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
  const results = runner.atomically(log, () =>
    splitStatements(script).map(({ sql, line }) => {
      try {
        return runner.run({ sql, params: [] }, log);
      } catch (error) {
        throw new D1Error("D1_EXEC_ERROR", `Error in line ${line}: ${sql}: ${plainMessage(error)}`, {
          cause: error,
        });
      }
    }),
  );
  return { results, exec: { count: results.length, duration: performance.now() - started } };
}

function plainMessage(error: unknown): string {
  return messageOf(error instanceof D1Error ? error.cause : error);
}
