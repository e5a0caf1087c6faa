import { planImport } from "../../src/database/import/import-plan.ts";
import { ImportRun } from "../../src/database/import/import-run.ts";
import type { TestDatabase } from "./in-database.ts";

/**
 * Runs a file as the importer does, but in windows of so many bytes, where that has a megabyte.
 *
 * @returns How many statements ran.
 */
export function importInWindows(
  { engine }: TestDatabase,
  file: string | Uint8Array,
  windowBytes: number,
  between: () => void = () => {},
): Promise<number> {
  const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
  const { suspendForeignKeys } = planImport(bytes, true);
  return engine.exclusively((inTransaction) =>
    inTransaction(
      async () => {
        const run = new ImportRun(engine.runner, suspendForeignKeys);
        let start = 0;
        for (let end = windowBytes; ; end += windowBytes) {
          const whole = end >= bytes.length;
          start += run.execute(bytes.slice(start, end), whole);
          if (whole) return run.numQueries;
          between();
        }
      },
      { foreignKeys: suspendForeignKeys ? "suspended" : "enforced" },
    ),
  );
}
