import type { DatabaseAdminRpc } from "../admin-protocol.ts";

/** Waits for so many milliseconds, {@link longestWaitMs} at most, without a timer of this object. */
export type WaitElsewhere = (ms: number) => Promise<void>;

/** Short: it goes on when nobody waits for it any more. */
export const longestWaitMs = 250;

/** The object of the same class in which the others wait; it never holds a database. */
const waitingRoom = "d1-procedures:waiting-room";

/**
 * Gives a wait that ends inside an open physical transaction, whatever other timers the object has. The runtime fires the timers of an
 * object strictly in the order in which they fall due, and one from outside cannot fire before the transaction has ended: one
 * that is overdue holds up all timers inside. The answer of another object is an event of its own.
 *
 * @returns Undefined where the runtime has no `ctx.exports` (before the compatibility date 2025-11-17).
 */
export function waitElsewhereOf(ctx: DurableObjectState): WaitElsewhere | undefined {
  const namespace = ownNamespace(ctx);
  if (namespace === undefined) return undefined;
  // A new stub each time: one that has met a reset of its object fails from then on.
  const room = () => namespace.get(namespace.idFromName(waitingRoom)) as unknown as DatabaseAdminRpc;
  return (ms) => room().waitForAnother(ms);
}

/** What the other object does. */
export async function waitForAnother(ms: number): Promise<void> {
  await scheduler.wait(Math.min(ms, longestWaitMs));
}

/** The one among the namespaces of this Worker to which the object's id belongs. */
function ownNamespace(ctx: DurableObjectState): DurableObjectNamespace | undefined {
  const { exports } = ctx as { exports?: Record<string, unknown> };
  return Object.values(exports ?? {})
    .filter(isNamespace)
    .find((namespace) => {
      try {
        return namespace.idFromString(ctx.id.toString()) !== undefined;
      } catch {
        return false;
      }
    });
}

/** By its tag: a stub answers every property name. */
function isNamespace(value: unknown): value is DurableObjectNamespace {
  return Object.prototype.toString.call(value) === "[object LoopbackDurableObjectNamespace]";
}
