import type { Outcome, Step, Transaction } from "./history.ts";

/** A transaction of a history that is written by hand, before it has its place in it. */
export interface Written {
  outcome: Outcome;
  steps: Step[];
}

export function ok(...steps: Step[]): Written {
  return { outcome: "ok", steps };
}

export function failed(...steps: Step[]): Written {
  return { outcome: "fail", steps };
}

export function unknown(...steps: Step[]): Written {
  return { outcome: "info", steps };
}

/** All of them at once, T1 first: time says nothing of their order. */
export function atOnce(...written: Written[]): Transaction[] {
  const { length } = written;
  return written.map((one, index) => ({
    ...one,
    id: index + 1,
    process: index,
    invoked: index,
    completed: length + index,
  }));
}

/** Each begins when the one before it has ended, T1 first. */
export function inTurn(...written: Written[]): Transaction[] {
  return written.map((one, index) => ({
    ...one,
    id: index + 1,
    process: index,
    invoked: 2 * index,
    completed: 2 * index + 1,
  }));
}
