import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuzzParameters } from "../support/fuzz.ts";
import type { TestDatabase } from "../support/in-database.ts";
import { inDatabase } from "../support/in-database.ts";
import { withinTime } from "../support/within-time.ts";
import { execute, type Run } from "./execute.ts";
import { type Program, programs } from "./program.ts";
import { type Expected, simulate } from "./simulate.ts";

describe("procedures that run at the same time", () => {
  const { parameters, timeoutMs } = fuzzParameters("programs", { runs: 150, seconds: 20 });

  it(
    "give the results and leave the rows of some serial order, and readers see committed states only",
    async () => {
      const property = fc.asyncProperty(programs, (programs) =>
        inDatabase(async (database) => {
          const run = await withinTime(execute(database, programs));
          compare(programs, run, simulate(programs, run));
          await leavesNothingOpen(database);
        })(),
      );
      await fc.assert(property, parameters);
    },
    timeoutMs,
  );
});

function compare(programs: readonly Program[], run: Run, expected: Expected): void {
  for (const [index, program] of programs.entries()) {
    for (const [position, task] of program.entries()) {
      if (task.task === "wait") continue;
      const result = run.results[index]![position];
      if (task.task === "read") expect(expected.committed).toContain(result);
      else expect(result, `task ${index}.${position}`).toEqual(expected.results[index]![position]);
    }
  }
  expect(run.final).toBe(expected.committed.at(-1));
  // Each reader saw a committed state, and none that is older than what was seen before.
  let at = 0;
  for (const read of run.reads) {
    const next = expected.committed.indexOf(read, at);
    expect(next, `a state that was never committed, or is older than one seen before: ${read}`).not.toBe(-1);
    at = next;
  }
}

async function leavesNothingOpen(database: TestDatabase): Promise<void> {
  expect(database.engine.physicalOpen).toBe(false);
  await withinTime(database.query("DELETE FROM item"));
  expect(await database.column("SELECT count(*) FROM item")).toEqual([0]);
}
