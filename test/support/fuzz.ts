import fc from "fast-check";
import { TestRunner } from "vitest";

/** What a property test has tried, for whoever reads vitest's JSON report: torture/fuzz. */
export interface FuzzMeta {
  property: string;
  seed: number;
  cases: number;
}

declare module "vitest" {
  interface TaskMeta {
    fuzz?: FuzzMeta[];
  }
}

/**
 * How often and on what a property test runs. Fixed in `npm test`, so that a failure is one of the change at
 * hand, and not of the machine: `seconds` bound a search only. For a longer search: `npm run torture -- fuzz`, or for one test `FUZZ_RUNS=100000 FUZZ_SEED=$RANDOM
 * FUZZ_SECONDS=600 npx vitest run ...`; a failing case says how to run just that case.
 */
export function fuzzParameters(name: string, defaults: { runs: number; seconds: number }) {
  const seed = numberOf(process.env.FUZZ_SEED) ?? 20_260_424;
  const runs = numberOf(process.env.FUZZ_RUNS);
  const numRuns = runs ?? defaults.runs;
  const searchSeconds = numberOf(process.env.FUZZ_SECONDS);
  const seconds = searchSeconds ?? defaults.seconds;
  const isSearch = runs !== undefined || searchSeconds !== undefined;
  const path = process.env.FUZZ_PATH ?? "";
  console.info(`${name}: seed ${seed}, ${numRuns} runs${isSearch ? `, ${seconds} s at most` : ""}`);
  return {
    timeoutMs: (seconds + 120) * 1_000,
    parameters: {
      seed,
      numRuns,
      path,
      ...(isSearch && { interruptAfterTimeLimit: seconds * 1_000 }),
      // A search that ran out of time has passed, as long as it ran at all.
      markInterruptAsFailure: false,
      verbose: fc.VerbosityLevel.None,
      reporter: <T>(details: fc.RunDetails<T>) => report(name, details),
    } satisfies fc.Parameters<unknown>,
  };
}

/** @throws Error for a case that has failed, with what to write to run it again. */
function report<T>(property: string, details: fc.RunDetails<T>): void {
  const { meta, file, fullTestName } = TestRunner.getCurrentTest()!;
  meta.fuzz = [...(meta.fuzz ?? []), { property, seed: details.seed, cases: details.numRuns }];
  if (!details.failed) return;
  const again =
    `FUZZ_SEED=${details.seed} FUZZ_PATH=${details.counterexamplePath} ` +
    `npx vitest run --project ${file.projectName} ${file.name} -t ${JSON.stringify(fullTestName)}`;
  throw new Error(`${fc.defaultReportMessage(details)}\nTo run just this case again:\n${again}`, {
    cause: details.errorInstance,
  });
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || text === "" ? undefined : Number(text);
}
