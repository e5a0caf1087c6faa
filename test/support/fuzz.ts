import fc from "fast-check";

/**
 * How often and on what a property test runs. Fixed in `npm test`, so that a failure is one of the change at
 * hand: the runs take a few seconds, and only a machine that is many times slower stops earlier, after
 * `seconds`. For a longer search: `FUZZ_RUNS=100000 FUZZ_SEED=$RANDOM FUZZ_SECONDS=600 npx vitest run ...`; a
 * failing case prints seed and path, and `FUZZ_SEED=... FUZZ_PATH=...` runs just that case.
 */
export function fuzzParameters(name: string, defaults: { runs: number; seconds: number }) {
  const seed = numberOf(process.env.FUZZ_SEED) ?? 20_260_424;
  const numRuns = numberOf(process.env.FUZZ_RUNS) ?? defaults.runs;
  const seconds = numberOf(process.env.FUZZ_SECONDS) ?? defaults.seconds;
  const path = process.env.FUZZ_PATH ?? "";
  console.info(`${name}: seed ${seed}, ${numRuns} runs at most, ${seconds} s at most`);
  return {
    timeoutMs: (seconds + 30) * 1_000,
    parameters: {
      seed,
      numRuns,
      path,
      interruptAfterTimeLimit: seconds * 1_000,
      // A search that ran out of time has passed, as long as it ran at all.
      markInterruptAsFailure: false,
      verbose: fc.VerbosityLevel.None,
    } satisfies fc.Parameters<unknown>,
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || text === "" ? undefined : Number(text);
}
