import { assertTestRuntime } from "./test-runtime.ts";

/**
 * A service, or any object with methods, whose calls take longer: each begins after a delay. For `env` of {@link callProcedure}.
 *
 * @param delayMs Milliseconds.
 * @example
 * await callProcedure(Procedures, "Checkout", [cartId], { env: { PAYMENT_API: delayCalls(env.PAYMENT_API, 200) } });
 */
export function delayCalls<T extends object>(service: T, delayMs: number): T {
  assertTestRuntime();
  return new Proxy(service, {
    get(target, property) {
      // Whoever awaits the service itself must not take it for a promise.
      if (property === "then") return undefined;
      const methods = target as Record<PropertyKey, unknown>;
      if (typeof methods[property] !== "function") return methods[property];
      return async (...args: unknown[]) => {
        await scheduler.wait(delayMs);
        // As a method: a binding's methods work on the binding only.
        return (target as Record<PropertyKey, (...args: unknown[]) => unknown>)[property]!(...args);
      };
    },
  });
}
