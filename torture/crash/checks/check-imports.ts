import type { TransferOutcome } from "../transfer.ts";
import type { Contents } from "./contents.ts";

/** An import that replaces all rows of the one before it, and what its client knows of it. */
export interface ToldImport {
  batch: number;
  rows: number;
  outcome: TransferOutcome;
}

/** Compares a database with what was imported into it, one file after another. */
export function checkImports(told: readonly ToldImport[], { imported, importLog }: Contents): string[] {
  const problems: string[] = [];
  const logged = importLog.map(({ batch }) => batch);
  for (const { batch, outcome } of told) {
    const times = logged.filter((other) => other === batch).length;
    if (times > 1) problems.push(`the import ${batch} is there ${times} times`);
    if (times === 0 && outcome === "acknowledged")
      problems.push(`the import ${batch} was acknowledged, and is lost`);
    if (times > 0 && outcome === "refused") problems.push(`the import ${batch} has failed, and is there`);
  }
  if (logged.some((batch, i) => i > 0 && batch < logged[i - 1]!))
    problems.push(`the imports came in another order: ${logged.join(", ")}`);
  const last = logged.at(-1);
  if (imported.length > 1 || imported[0]?.batch !== last) {
    problems.push(
      `the rows are of the imports ${JSON.stringify(imported)}, and ${last ?? "none"} was the last one`,
    );
  }
  for (const { batch, rows, different } of imported) {
    const expected = told.find((one) => one.batch === batch)?.rows;
    if (rows !== expected || different !== expected)
      problems.push(`the import ${batch} has ${rows} rows, ${different} of them different, of ${expected}`);
  }
  return problems;
}
