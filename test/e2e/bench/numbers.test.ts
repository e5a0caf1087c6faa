/** What the figures of the bench rest on: its random numbers and its statistics. */

import { describe, expect, it } from "vitest";
import { Random, scattered } from "../../../bench/harness/random.ts";
import { median, quantile, summary } from "../../../bench/harness/statistics.ts";

describe("a random sequence", () => {
  it("is the same for the same seed, and another for another", () => {
    const sequence = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 20 }, () => random.between(1, 1_000_000));
    };
    expect(sequence(7)).toEqual(sequence(7));
    expect(sequence(7)).not.toEqual(sequence(8));
  });

  it("keeps to both ends of a range", () => {
    const random = new Random(1);
    const drawn = new Set(Array.from({ length: 1_000 }, () => random.between(3, 6)));
    expect([...drawn].toSorted()).toEqual([3, 4, 5, 6]);
  });

  it.each([0, 0.5, 0.99, 1, 1.5, 3])("follows Zipf's law with alpha %f", (alpha) => {
    const [size, draws] = [50, 200_000];
    const random = new Random(11);
    const counts = new Array<number>(size + 1).fill(0);
    for (let draw = 0; draw < draws; draw++) counts[random.zipf(size, alpha)]!++;
    const ranks = Array.from({ length: size }, (_, index) => index + 1);
    const norm = ranks.reduce((sum, rank) => sum + rank ** -alpha, 0);
    const deviations = ranks.map((rank) => {
      const expected = (draws * rank ** -alpha) / norm;
      return (counts[rank]! - expected) ** 2 / expected;
    });
    // Chi squared with 49 degrees of freedom: a sequence by this law exceeds 96 once in 20,000.
    expect(deviations.reduce((sum, deviation) => sum + deviation, 0)).toBeLessThan(96);
  });

  it("draws by Zipf's law from ten million without taking longer, and within them", () => {
    const random = new Random(5);
    for (const alpha of [0.99, 1.5]) {
      const drawn = Array.from({ length: 10_000 }, () => random.zipf(10_000_000, alpha));
      expect(Math.min(...drawn)).toBe(1);
      expect(Math.max(...drawn)).toBeGreaterThan(10_000);
      expect(Math.max(...drawn)).toBeLessThanOrEqual(10_000_000);
    }
  });

  it("scatters popular keys over all of them, each in one place", () => {
    for (const size of [1, 7, 1_000, 100_000]) {
      const keys = new Set(Array.from({ length: size }, (_, index) => scattered(index + 1, size)));
      expect(keys.size).toBe(size);
      expect(Math.min(...keys)).toBe(1);
      expect(Math.max(...keys)).toBe(size);
    }
    const popular = [1, 2, 3, 4].map((rank) => scattered(rank, 100_000)).toSorted((a, b) => a - b);
    const distances = popular.slice(1).map((key, index) => key - popular[index]!);
    expect(Math.min(...distances)).toBeGreaterThan(1_000);
  });
});

describe("statistics", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

  it("takes the value at the nearest rank as a quantile", () => {
    expect([0.5, 0.95, 0.99, 1].map((fraction) => quantile(hundred, fraction))).toEqual([50, 95, 99, 100]);
    expect(quantile([5], 0.01)).toBe(5);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it("takes the middle, or the mean of both middles, as the median, in whatever order", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 2, 1, 4])).toBe(3);
    expect(median([])).toBeNaN();
  });

  it("gives the median of rounds, so that one bad round does not count, and how far they lie apart", () => {
    const round = (rate: number, p99: number) => ({
      calls: rate,
      failures: 1,
      rate,
      p50: 1,
      p95: 2,
      p99,
      max: p99,
    });
    const rounds = [round(100, 5), round(10, 900), round(102, 6)];
    expect(summary(rounds)).toMatchObject({ rounds: 3, calls: 212, failures: 3, rate: 100 });
    expect(summary(rounds)).toMatchObject({ slowest: 10, fastest: 102, p99: 6 });
  });
});
