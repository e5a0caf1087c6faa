import { describe, expect, it } from "vitest";
import type { Campaign } from "../../torture/campaign.ts";
import { readCommand, usage } from "../../torture/options.ts";

const campaign = (name: string, options: Record<string, number>): Campaign => ({
  name,
  about: `about ${name}`,
  options,
  run: () => Promise.reject(new Error("not asked for here")),
});
const waves = campaign("waves", { rounds: 5, clients: 2 });
const storms = campaign("storms", { rounds: 3 });
const campaigns = [waves, storms];

describe("the command line of npm run torture", () => {
  it("names something that there is not", () => {
    expect(readCommand(["calm"], campaigns)).toEqual({
      problem: 'There is no campaign "calm", and it is no option such as --seed=7 either.',
    });
  });

  it.each(["--rounds", "--rounds=", "--rounds=many", "--rounds=-1", "-rounds=1"])("refuses %s", (option) => {
    expect(readCommand([option], campaigns)).toHaveProperty("problem");
  });

  it("refuses an option that a campaign does not have", () => {
    const problem = "--clients is no option of every campaign that was named.";
    expect(readCommand(["--clients=3"], campaigns)).toEqual({ problem });
    expect(readCommand(["waves", "--clients=3"], campaigns)).toMatchObject({ options: { clients: 3 } });
  });

  it("takes all campaigns when none is named, and a seed at random when none is given", () => {
    const first = readCommand([], campaigns);
    const second = readCommand([], campaigns);
    expect(first).toMatchObject({ campaigns, options: {} });
    expect(first).not.toEqual(second);
  });

  it("takes what it is given, in any order", () => {
    expect(readCommand(["--seed=7", "storms", "--rounds=20"], campaigns)).toEqual({
      campaigns: [storms],
      seed: 7,
      options: { rounds: 20 },
    });
  });

  it("explains itself", () => {
    expect(usage(campaigns).split("\n")).toEqual([
      "npm run torture -- [campaign ...] [--option=number ...]",
      "  waves: about waves",
      "    --seed=<any> --rounds=5 --clients=2",
      "  storms: about storms",
      "    --seed=<any> --rounds=3",
    ]);
  });
});
