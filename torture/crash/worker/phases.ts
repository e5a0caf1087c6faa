/**
 * Where the Worker is at the moment, for whoever wants to kill it there. The objects of a local runtime, its Workflows and
 * what answers HTTP share one isolate, so that this module is one for all of them.
 */

/** A place that the Worker comes by, in the work for one database. */
export interface Place {
  phase: string;
  /** The uuid of the database. */
  database: string;
}

/** What is told of them. */
export interface PhaseReport {
  /** Those of the wanted places where somebody waits for the end. */
  reached: Place[];
  /** How many are in the middle of what, by name. */
  inside: Record<string, number>;
}

/** Somebody who was to be killed here, and is not, goes on after so many milliseconds: less than a transaction of an import may take. */
const patienceMs = 20_000;

let wanted: Place[] = [];
let reached: Place[] = [];
const inside = new Map<string, number>();

export function want(places: Place[]): void {
  wanted = places;
  reached = [];
}

export function report(): PhaseReport {
  return { reached, inside: Object.fromEntries(inside) };
}

/**
 * Stays at a place that is wanted, until the end.
 *
 * @param about A text that has the uuid of the database in it.
 */
export async function reach(phase: string, about: string): Promise<void> {
  const place = wanted.find((candidate) => candidate.phase === phase && about.includes(candidate.database));
  if (place === undefined || reached.includes(place)) return;
  reached.push(place);
  // Timers that are made here fire inside a physical transaction as well.
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += 50) {
    await scheduler.wait(50);
  }
  reached = reached.filter((other) => other !== place);
}

/** Counts those who are in the middle of some work. */
export async function during<T>(what: string, work: () => Promise<T>): Promise<T> {
  inside.set(what, (inside.get(what) ?? 0) + 1);
  try {
    return await work();
  } finally {
    inside.set(what, inside.get(what)! - 1);
  }
}
