import { describe, expect, it } from "vitest";
import { places, planLives } from "../../../torture/crash/schedule.ts";
import { Random } from "../../histories/random.ts";

describe("the schedule of a crash campaign", () => {
  it("is the same for the same seed, and another one for another", () => {
    expect(planLives(new Random(7), 20)).toEqual(planLives(new Random(7), 20));
    expect(planLives(new Random(7), 20)).not.toEqual(planLives(new Random(8), 20));
  });

  it("aims at every place within a hundred kills, and at no place in some of them", () => {
    const lives = planLives(new Random(1), 100);
    const aimedAt = new Set(lives.flatMap(({ aims }) => aims.map(({ phase }) => phase)));
    expect([...aimedAt].sort()).toEqual(Object.values(places).flat().sort());
    expect(lives.some(({ aims }) => aims.length === 0)).toBe(true);
    expect(lives.some(({ aims }) => aims.length === Object.keys(places).length)).toBe(true);
    expect(lives.some(({ killAgainAfterMs }) => killAgainAfterMs !== undefined)).toBe(true);
  });
});
