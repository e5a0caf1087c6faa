import { D1Error } from "../errors.ts";
import { nextEventLoopTurn } from "./event-loop.ts";
import { classifyPragma } from "./pragmas.ts";
import { rawRows } from "./raw-rows.ts";
import { splitLines, splitStatements } from "./sql-text.ts";
import { sqlError } from "./statement-compiler.ts";

/**
 * `PRAGMA foreign_keys = OFF`, for scripts that rebuild tables. SQLite ignores it inside a transaction, and here
 * everything runs in one. So a script or batch that contains it runs as a whole without enforcement, alone in
 * its physical transaction; at its end every reference is checked.
 */

/** Whether one of the texts contains the pragma as a statement, or as a line where semicolons are left out. */
export function suspendsForeignKeys(texts: readonly string[]): boolean {
  return texts.some(
    (text) =>
      /foreign_keys/i.test(text) &&
      [...splitStatements(text), ...splitLines(text)].some(
        ({ sql }) => classifyPragma(sql) === "suspend-foreign-keys",
      ),
  );
}

/** Switches the enforcement for the transactions to come. To be called while none is open. */
export async function enforceForeignKeys(sql: SqlStorage, enforce: boolean): Promise<void> {
  for (;;) {
    rawRows(sql.exec(`PRAGMA foreign_keys = ${enforce ? "ON" : "OFF"}`));
    const [[enforced] = [0]] = rawRows<[number]>(sql.exec("PRAGMA foreign_keys"));
    if ((enforced === 1) === enforce) return;
    // A write of the runtime's own, a storage.put() say, has opened an implicit transaction. It commits at the
    // end of this event.
    await nextEventLoopTurn();
  }
}

/** @throws D1Error SQLITE_CONSTRAINT_FOREIGNKEY that names the first row which refers to nothing. */
export function checkAllForeignKeys(sql: SqlStorage, consequence = "nothing of the script was kept"): void {
  const violation = firstViolation(sql);
  if (violation === undefined) return;
  const [table, rowid, parent] = violation;
  const row = rowid === null ? "a row" : `the row with rowid ${rowid}`;
  throw new D1Error(
    "D1_ERROR",
    `FOREIGN KEY constraint failed: after PRAGMA foreign_keys=OFF ${row} of "${table}" refers to a row of "${parent}" ` +
      `that does not exist, so ${consequence}. PRAGMA foreign_key_check lists such rows: ` +
      "SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)",
  );
}

/** The statement, not the function of the same name: a user's view could stand in front of that. */
function firstViolation(sql: SqlStorage): [string, number | null, string] | undefined {
  try {
    return rawRows<[string, number | null, string]>(sql.exec("PRAGMA foreign_key_check"))[0];
  } catch (error) {
    // A key refers to columns without a unique index.
    throw sqlError(error);
  }
}
