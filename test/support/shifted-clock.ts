import { vi } from "vitest";

/** A wall clock that somebody sets. In the runtime performance.now() is the same one, and timers keep to another, which nobody sets. */
export interface ShiftedClock extends Disposable {
  /** Sets it forward, or back with a negative number. */
  shift(ms: number): void;
}

/**
 * Lets the clock be set until it is disposed of.
 *
 * @example
 * using clock = shiftedClock();
 */
export function shiftedClock(): ShiftedClock {
  const wallClock = Date.now;
  let shiftedMs = 0;
  const now = () => wallClock.call(Date) + shiftedMs;
  const spies = [
    vi.spyOn(Date, "now").mockImplementation(now),
    vi.spyOn(performance, "now").mockImplementation(now),
  ];
  return {
    shift(ms) {
      shiftedMs += ms;
    },
    [Symbol.dispose]() {
      for (const spy of spies) spy.mockRestore();
    },
  };
}
