import { runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";
import type { Engine } from "../../src/database/engine.ts";
import { engineOf } from "../../src/testing/engine-of.ts";
import type { AnyDurableObject } from "../../src/testing/test-runtime.ts";

export interface QueuedJobs extends Disposable {
  /** Resolves when so many have come since they are counted. */
  come(count: number): Promise<void>;
}

/**
 * Counts what is handed in to the write mutex of a database, until it is disposed of: nothing else tells that a write has arrived which
 * was sent over RPC, and two stubs are not ordered.
 *
 * @example
 * using jobs = await queuedJobs(env.DB.getByName("a"));
 */
export async function queuedJobs(stub: DurableObjectStub): Promise<QueuedJobs> {
  return jobsOf(await runInDurableObject(stub, (object) => engineOf(object as AnyDurableObject)));
}

/** The same for code beside the data. */
export function jobsOf(engine: Engine): QueuedJobs {
  const spies = [vi.spyOn(engine, "submit"), vi.spyOn(engine, "exclusively")];
  const counted = () => spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
  return {
    async come(count) {
      while (counted() < count) await scheduler.wait(1);
    },
    [Symbol.dispose]() {
      for (const spy of spies) spy.mockRestore();
    },
  };
}
