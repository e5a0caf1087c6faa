import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";

/** A fresh Durable Object with nothing of this project in it: its class extends DurableObject and stops there. */
export function bareObject(name: string = crypto.randomUUID()): DurableObjectStub {
  return env.NOT_A_DATABASE.getByName(name);
}

/** Runs code inside a bare object, as one event of it. A fresh one, unless the test sends it several events. */
export function inBareObject<T>(
  code: (state: DurableObjectState) => Promise<T> | T,
  stub: DurableObjectStub = bareObject(),
): Promise<T> {
  return runInDurableObject(stub, (_object, state) => code(state));
}

/** Keeps the processor busy until the clock has moved on, so that a timer falls due without a chance to fire. */
export function keepBusy({ storage }: DurableObjectState, ms: number): void {
  const until = Date.now() + ms;
  // SQL, because the clock of the production runtime moves with I/O only.
  while (Date.now() < until) storage.sql.exec("SELECT 1").toArray();
}

/** Resolves after some microtasks, without a turn of the event loop. */
export async function microtasks(count = 50): Promise<void> {
  for (let done = 0; done < count; done++) await undefined;
}
