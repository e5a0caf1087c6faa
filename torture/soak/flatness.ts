/** A measurement at a time. */
export interface Sample {
  atMs: number;
  value: number;
}

/** What a curve does, in the unit of its values. */
export interface Trend {
  /** Where it starts and ends, on the line through it. */
  from: number;
  to: number;
  /** By how much it grows in the whole time. */
  growth: number;
}

/**
 * The trend of what a collector of garbage keeps pulling down: of the lowest values of windows of equal length, because a leak raises
 * these, and a burst only those above. The line is that of Theil and Sen, the median of the slopes between all pairs, which up to a
 * quarter of outliers cannot move.
 *
 * @param samples In the order of time.
 */
export function trendOf(samples: readonly Sample[], windows = 24): Trend {
  const floor = floorOf(samples, windows);
  const slopes: number[] = [];
  for (const [index, a] of floor.entries()) {
    for (const b of floor.slice(index + 1)) slopes.push((b.value - a.value) / (b.atMs - a.atMs));
  }
  const slope = median(slopes);
  const offset = median(floor.map(({ atMs, value }) => value - slope * atMs));
  const from = offset + slope * floor[0]!.atMs;
  const to = offset + slope * floor.at(-1)!.atMs;
  return { from, to, growth: to - from };
}

/** The lowest sample of each window. @throws Error for fewer than two windows with samples. */
export function floorOf(samples: readonly Sample[], windows: number): Sample[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.atMs <= first.atMs) {
    throw new Error("A trend needs samples of two times at least.");
  }
  const lengthMs = (last.atMs - first.atMs) / windows;
  const lowest = new Map<number, Sample>();
  for (const sample of samples) {
    const window = Math.min(windows - 1, Math.floor((sample.atMs - first.atMs) / lengthMs));
    const known = lowest.get(window);
    if (known === undefined || sample.value < known.value) lowest.set(window, sample);
  }
  return [...lowest.entries()].sort(([a], [b]) => a - b).map(([, sample]) => sample);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The curve in characters, one for each window: of the lowest values, between zero and the highest of them. */
export function drawn(samples: readonly Sample[], windows: number): string {
  const floor = floorOf(samples, windows);
  const highest = Math.max(...floor.map(({ value }) => value), 1);
  return floor.map(({ value }) => "▁▂▃▄▅▆▇█"[Math.min(7, Math.floor((value / highest) * 8))]).join("");
}
