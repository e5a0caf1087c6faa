/**
 * Turns property accesses into the names of procedures: `x.inventory.Reserve(1)` becomes one call of
 * "inventory.Reserve" with [1]. The client and the RPC target share it, so that a name works in both or in
 * neither.
 */

/** Runs a procedure by its name; the host behind it knows which names exist. */
export type CallProcedure = (name: string, args: unknown[]) => Promise<unknown>;

/** A procedure, and at the same time the namespace of those whose name goes on behind a dot. */
export type ProcedureAtPath = ((...args: unknown[]) => Promise<unknown>) & {
  readonly [name: string]: ProcedureAtPath;
};

/**
 * Names that the language asks every object for on its own account. `await x` looks for `then`: answering it
 * would call a procedure of that name and never settle; JSON.stringify does the same with `toJSON`.
 */
const askedByTheLanguage: ReadonlySet<string> = new Set(["then", "catch", "finally", "toJSON"]);

/** Whether a property access means a procedure or a namespace. */
export function isProcedureKey(key: string | symbol): key is string {
  return typeof key === "string" && !askedByTheLanguage.has(key) && !(key in Object.prototype);
}

/** An object that has every procedure as a method. */
export function proceduresProxy(call: CallProcedure): object {
  return new Proxy(
    {},
    {
      get: (target, key) => (isProcedureKey(key) ? procedureAt(call, key) : Reflect.get(target, key)),
    },
  );
}

/** The procedure with this name, whose properties are the procedures below it. */
export function procedureAt(call: CallProcedure, name: string): ProcedureAtPath {
  const procedure = (...args: unknown[]) => call(name, args);
  return new Proxy(procedure, {
    get: (target, key) =>
      isProcedureKey(key) ? procedureAt(call, `${name}.${key}`) : Reflect.get(target, key),
    // workerd's RPC dispatcher descends into a function only by its own properties (worker-rpc.c++,
    // tryGetProperty): without this trap `Procedures.inventory.Reserve()` over a stub finds nothing.
    getOwnPropertyDescriptor: (target, key) =>
      isProcedureKey(key)
        ? { value: procedureAt(call, `${name}.${key}`), configurable: true, enumerable: true, writable: true }
        : Reflect.getOwnPropertyDescriptor(target, key),
  }) as unknown as ProcedureAtPath;
}
