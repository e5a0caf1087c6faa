import { vi } from "vitest";

/**
 * Stops the clock and the timers of setTimeout(), which go on as far as the test moves them, until it is disposed of. For what times
 * out: a real time may have run out before the test has come to it. scheduler.wait() keeps to the real time.
 *
 * @example
 * using clock = stoppedClock();
 */
export function stoppedClock(): Disposable & { advance(ms: number): Promise<void> } {
  vi.useFakeTimers({ toFake: ["Date", "performance", "setTimeout", "clearTimeout"] });
  // What is overdue when it is set, by code that the event loop has let go on meanwhile.
  const interval = setInterval(() => vi.advanceTimersByTime(0), 1);
  return {
    async advance(ms) {
      // Until timers are set.
      for (let turn = 0; turn < 5; turn++) await scheduler.wait(1);
      vi.advanceTimersByTime(ms);
      for (let turn = 0; turn < 5; turn++) await scheduler.wait(1);
    },
    [Symbol.dispose]() {
      clearInterval(interval);
      vi.useRealTimers();
    },
  };
}
