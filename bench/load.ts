/** What a round of load showed. Rates per second, times in milliseconds. */
export interface LoadResult {
  calls: number;
  rate: number;
  p50: number;
  p99: number;
  max: number;
}

/** Lets so many clients call one after another, each the next time when it has its answer, for so long. */
export async function load(
  clients: number,
  durationMs: number,
  call: (client: number) => Promise<unknown>,
): Promise<LoadResult> {
  const times: number[] = [];
  const started = performance.now();
  const end = started + durationMs;
  const client = async (index: number) => {
    for (let before = performance.now(); before < end; ) {
      await call(index);
      const after = performance.now();
      times.push(after - before);
      before = after;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  const seconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  const at = (quantile: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * quantile))] ?? 0;
  return { calls: times.length, rate: times.length / seconds, p50: at(0.5), p99: at(0.99), max: at(1) };
}
