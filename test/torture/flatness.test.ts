import { describe, expect, it } from "vitest";
import { drawn, floorOf, type Sample, trendOf } from "../../torture/soak/flatness.ts";
import { judgeMemory } from "../../torture/soak/memory-curves.ts";
import { Random } from "../histories/random.ts";

const megabyte = 1e6;

/** Ten minutes of a collector that lets memory rise by 100 MB and then takes it back, in the mood of the moment, and bursts. */
function curve({ leakPerSecond = 0, seconds = 600, start = 300 * megabyte } = {}): Sample[] {
  const random = new Random(7);
  let aboveFloor = 0;
  return Array.from({ length: seconds }, (_, second) => {
    aboveFloor = random.chance(0.2)
      ? random.between(0, 2 * megabyte)
      : aboveFloor + random.between(0, 20 * megabyte);
    const burst = random.chance(0.02) ? 400 * megabyte : 0;
    return { atMs: second * 1_000, value: start + second * leakPerSecond + aboveFloor + burst };
  });
}

describe("the trend of a curve", () => {
  it("needs samples of two times", () => {
    expect(() => trendOf([])).toThrow("two times");
    expect(() => trendOf([{ atMs: 1, value: 1 }])).toThrow("two times");
  });

  it("is flat for what rises and falls", () => {
    const { growth, from } = trendOf(curve());
    expect(Math.abs(growth)).toBeLessThan(6 * megabyte);
    expect(from / megabyte).toBeCloseTo(300, -1);
  });

  it("shows a leak among what rises and falls", () => {
    const { growth } = trendOf(curve({ leakPerSecond: 0.2 * megabyte }));
    expect(growth / megabyte).toBeGreaterThan(100);
    expect(growth / megabyte).toBeLessThan(135);
  });

  it("is that of the lowest sample of each window", () => {
    const samples = [5, 1, 4, 9, 3, 8].map((value, index) => ({ atMs: index * 10, value }));
    expect(floorOf(samples, 3).map(({ value }) => value)).toEqual([1, 4, 3]);
    expect(drawn(samples, 3)).toBe("▃█▇");
  });
});

describe("the judgement of memory", () => {
  const judged = (samples: Sample[], name = "workerd") => judgeMemory(new Map([[name, samples]]));

  it.each([
    ["workerd", 0.5, 300],
    ["JS heap", 0.05, 10],
  ])("fails for a %s that grows, and says by how much", (name, leak, start) => {
    const leaking = Array.from({ length: 600 }, (_, second) => ({
      atMs: second * 1_000,
      value: (start + leak * second) * megabyte,
    }));
    const grows = expect.stringMatching(/^Memory of .+ grows: by \d+ MB from \d+ MB in 399 s$/);
    expect(judged(leaking, name).failures).toEqual([grows]);
  });

  it("passes for one that grows while it warms up only", () => {
    const warming = curve().map(({ atMs, value }) => ({
      atMs,
      value: value - Math.max(0, 200 - atMs / 1_000) * megabyte,
    }));
    const { failures, memory, lines } = judged(warming);
    expect(failures).toEqual([]);
    expect(memory["MB of workerd at the end"]).toBeGreaterThan(290);
    expect(lines).toEqual([expect.stringMatching(/^workerd {3}[▁-█]{60} \d+ MB at the end$/)]);
  });

  it("says nothing of what is none of ours, nor of some minutes", () => {
    expect(judged(curve({ leakPerSecond: megabyte }), "wrangler").failures).toEqual([]);
    expect(judged(curve({ leakPerSecond: megabyte, seconds: 300 })).failures).toEqual([]);
  });
});
