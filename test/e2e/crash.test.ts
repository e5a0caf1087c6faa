import { beforeAll, describe, expect, it } from "vitest";
import { Round } from "../../torture/crash/round.ts";
import { type Life, places, type Work } from "../../torture/crash/schedule.ts";
import { Tally } from "../../torture/crash/tally.ts";
import { Random } from "../histories/random.ts";

/** A life that ends where each work is at the place with this number. */
function life(aims: Partial<Record<Work, number>>, loadMs = 100): Life {
  return {
    aims: (Object.entries(aims) as [Work, number][]).map(([work, n]) => ({ work, phase: places[work][n]! })),
    loadMs,
    delayMs: 0,
    killAgainAfterMs: undefined,
  };
}

const lives = [
  life({ import: 0, export: 0, backup: 0 }),
  life({ import: 0, restore: 1 }),
  life({}, 500),
  life({ export: 0, backup: 2 }),
  life({ backup: 1, restore: 4 }),
];

/** What `npm run torture -- crash` does a hundred times, five times. */
describe("after SIGKILL and a restart, five times", () => {
  const tally = new Tally();
  const round = new Round({
    random: new Random(1),
    lives,
    clients: 14,
    // A busy machine takes its time, and each kill is to hit.
    aimMs: 60_000,
    tally,
    signal: new AbortController().signal,
    progress: () => {},
  });

  // Six servers one after another, each of which a busy machine may take long to start.
  beforeAll(() => round.run(), 400_000);

  it("every acknowledged call is there once and as a whole, all files are sound, and everybody goes on", () => {
    expect(round.problems).toEqual([]);
    expect(tally.cases["calls acknowledged"]).toBeGreaterThan(100);
    expect(tally.cases.kills).toBe(5);
  });

  it("each kill has hit what it was aimed at", () => {
    const hits = Object.fromEntries(
      Object.entries(tally.cases).filter(([what]) => what.startsWith("kills in ")),
    );
    expect(hits).toEqual({
      "kills in import: in its transaction": 2,
      "kills in export: writing the file": 2,
      "kills in backup: storing the file": 1,
      "kills in backup: storing the manifest": 1,
      "kills in backup: stored": 1,
      "kills in restore: filling": 1,
      "kills in restore: after the switch": 1,
    });
  });

  it("what was cut off was done again, or has gone on", () => {
    expect(tally.cases["imports cut off and repeated"]).toBeGreaterThanOrEqual(2);
    expect(tally.cases["Workflows resumed"]).toBeGreaterThanOrEqual(4);
    expect(tally.cases.restores).toBeGreaterThanOrEqual(2);
  });
});
