import { vi } from "vitest";

/**
 * Lets timers of a second and more fire in a hundredth of their time, until it is disposed of. For waits whose length is a
 * constant of ours.
 *
 * @example
 * using timers = hurriedTimers();
 */
export function hurriedTimers(): Disposable & { delaysMs: number[] } {
  const setTimer = globalThis.setTimeout;
  const delaysMs: number[] = [];
  const hurried = (callback: () => void, delayMs = 0) => {
    delaysMs.push(delayMs);
    return setTimer(callback, delayMs < 1_000 ? delayMs : delayMs / 100);
  };
  const spy = vi.spyOn(globalThis, "setTimeout").mockImplementation(hurried as typeof setTimeout);
  return { delaysMs, [Symbol.dispose]: () => spy.mockRestore() };
}
