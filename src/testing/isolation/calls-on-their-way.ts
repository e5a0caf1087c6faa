import { DatabaseLink } from "../../client/database-link.ts";

const onTheirWay = new Set<symbol>();

/** Calls that tests and Workers have made and that have not been answered: they may not have come to their database yet. */
export function callsOnTheirWay(): number {
  return onTheirWay.size;
}

/** Counts a call until it is answered. */
export async function onItsWay<T>(call: () => Promise<T>): Promise<T> {
  const token = Symbol("call");
  onTheirWay.add(token);
  try {
    return await call();
  } finally {
    onTheirWay.delete(token);
  }
}

let watching = false;

/** Counts the calls of all clients from now on. Those of a stub alone are counted only when they have come to their object. */
export function watchClients(): void {
  if (watching) return;
  watching = true;
  for (const name of ["query", "exec", "script", "call", "callInSession"] as const) {
    const method = DatabaseLink.prototype[name] as (...args: unknown[]) => Promise<unknown>;
    const watched = function (this: DatabaseLink, ...args: unknown[]) {
      return onItsWay(() => method.apply(this, args));
    };
    Object.defineProperty(DatabaseLink.prototype, name, {
      value: watched,
      configurable: true,
      writable: true,
    });
  }
}
