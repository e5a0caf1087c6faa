import type { Random } from "../../test/histories/random.ts";

/** The places that the Worker can be stopped at, by the work that comes by them. */
export const places = {
  import: ["import: in its transaction"],
  export: ["export: writing the file"],
  backup: ["backup: storing the file", "backup: storing the manifest", "backup: stored"],
  restore: [
    "restore: laying out",
    "restore: filling",
    "restore: safety backup",
    "restore: before the switch",
    "restore: after the switch",
    "restore: tidying up",
  ],
} as const;

export type Work = keyof typeof places;

/** One life of the server: how it is to end. */
export interface Life {
  /** Where each work is to be when the server is killed. None: wherever it happens to be. */
  aims: { work: Work; phase: string }[];
  /** Milliseconds of load, at least. */
  loadMs: number;
  /** Milliseconds from the moment at which everybody is where they are to be. */
  delayMs: number;
  /** Milliseconds after which the next one is killed while it goes on with interrupted Workflows. */
  killAgainAfterMs: number | undefined;
}

/** @returns What the seed of the random numbers says: the same lives each time. */
export function planLives(random: Random, count: number): Life[] {
  return Array.from({ length: count }, () => {
    const aims: Life["aims"] = [];
    // One in five falls at any moment of everything.
    if (!random.chance(0.2)) {
      for (const work of Object.keys(places) as Work[]) {
        if (random.chance(0.75)) aims.push({ work, phase: random.pick(places[work]) });
      }
    }
    return {
      aims,
      loadMs: random.between(300, 1_500),
      delayMs: random.between(0, 30),
      killAgainAfterMs: random.chance(0.15) ? random.between(50, 1_500) : undefined,
    };
  });
}
