import { vi } from "vitest";
import { JobQueue } from "../../src/database/job-queue.ts";

/**
 * Counts what is handed in to the write mutex of any database, until it is disposed of: nothing else tells that a write has arrived which
 * was sent over RPC, and two stubs are not ordered.
 *
 * @example
 * using jobs = queuedJobs();
 */
export function queuedJobs(): Disposable & { come(count: number): Promise<void> } {
  const add = vi.spyOn(JobQueue.prototype, "add");
  return {
    /** Resolves when so many have come since it was made. */
    async come(count) {
      while (add.mock.calls.length < count) await scheduler.wait(1);
    },
    [Symbol.dispose]: () => add.mockRestore(),
  };
}
