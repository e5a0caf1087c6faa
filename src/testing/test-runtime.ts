import { DatabaseError } from "../errors.ts";

/** What vitest puts into the global scope of whatever it runs. */
const vitestGlobal = "__vitest_worker__";

/**
 * Every helper calls it, so that none is bundled without this module.
 *
 * @throws DatabaseError INVALID_ARGUMENT outside of vitest.
 */
export function assertTestRuntime(): void {
  if (vitestGlobal in globalThis) return;
  throw outsideOfTests(`there is no vitest here`);
}

// At once: whatever imports this entry in a Worker that is deployed hears of it when it starts.
assertTestRuntime();

/** An object of a Database class as a test meets it; its methods are those of `DatabaseRpc` and more. */
export type AnyDurableObject = Rpc.DurableObjectBranded & object;

/**
 * Runs code inside a Durable Object, with the test runtime's own means, which no deployed Worker has.
 *
 * @throws DatabaseError INVALID_ARGUMENT without that runtime; what the code throws.
 */
export async function runInObject<T>(
  stub: DurableObjectStub,
  work: (instance: AnyDurableObject, state: DurableObjectState) => Promise<T> | T,
): Promise<T> {
  const { runInDurableObject } = await testRuntime();
  return runInDurableObject(stub, (instance, state) => work(instance as unknown as AnyDurableObject, state));
}

async function testRuntime(): Promise<typeof import("cloudflare:test")> {
  assertTestRuntime();
  try {
    return await import("cloudflare:test");
  } catch (cause) {
    throw outsideOfTests("vitest does not run inside workerd", cause);
  }
}

function outsideOfTests(why: string, cause?: unknown): DatabaseError {
  return new DatabaseError(
    "INVALID_ARGUMENT",
    `d1-procedures/testing works in test files only, which vitest runs inside workerd, and ${why}. Use it in a project whose vitest.config.ts has ` +
      "the plugin of @cloudflare/vitest-pool-workers or @cloudflare/vitest-plugin, and import it from nothing that is deployed.",
    { cause },
  );
}
