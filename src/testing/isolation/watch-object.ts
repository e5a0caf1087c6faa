import { DurableObject } from "cloudflare:workers";
import { DatabaseError } from "../../errors.ts";
import type { DatabaseRpc } from "../../protocol.ts";
import { originalMethods } from "../engine-of.ts";
import type { AnyDurableObject } from "../test-runtime.ts";
import type { IsolatedDatabase } from "./isolated-database.ts";
import { isolationOf } from "./registry.ts";

/** `exec()` of a Durable Object's SQL storage, bound to it. */
export type ExecuteSql = (
  sql: string,
  ...params: unknown[]
) => SqlStorageCursor<Record<string, SqlStorageValue>>;

const watchedInstances = new WeakSet<object>();
const watchedClasses = new WeakSet<object>();

/** They leave nothing that could be put back, or another object than this one. */
const notUndoable: ReadonlySet<string> = new Set([
  "erase",
  "startRestore",
  "finishRestore",
  "endWith",
  "timeTravelRestore",
]);

/**
 * Lets the isolation of an object, if it has one, stand before each of its statements and calls. Nothing of this is in the classes themselves:
 * tests run in the isolate of the object, and replace methods there.
 */
export function watchObject(instance: AnyDurableObject, state: DurableObjectState): void {
  watchClass(Object.getPrototypeOf(instance));
  if (watchedInstances.has(instance)) return;
  const database = isolationOf(state.id.toString());
  if (database === undefined) return;
  watchedInstances.add(instance);
  watchStatements(state.storage, database);
  watchBackground(instance, state, database);
  database.attached(instance);
}

/** The engine holds the very same SqlStorage, and looks for `exec` on it each time. */
function watchStatements(storage: DurableObjectStorage, database: IsolatedDatabase): void {
  const { sql } = storage;
  const exec = sql.exec.bind(sql) as ExecuteSql;
  const watched: ExecuteSql = (text, ...params) => database.execute(storage, exec, text, params);
  Object.defineProperty(sql, "exec", { value: watched, configurable: true, writable: true });
}

/** What a procedure goes on with after it has answered is under way, too. */
function watchBackground(
  instance: AnyDurableObject,
  state: DurableObjectState,
  { calls }: IsolatedDatabase,
): void {
  const waitUntil = state.waitUntil.bind(state);
  const watched = (promise: Promise<unknown>) => {
    waitUntil(promise);
    void calls.during({ name: "ctx.waitUntil()", instance }, () => promise).catch(() => {});
  };
  Object.defineProperty(state, "waitUntil", { value: watched, configurable: true, writable: true });
}

/** On the class, so that an instance that comes after a reset is watched from its first call on. */
function watchClass(prototype: object): void {
  if (watchedClasses.has(prototype)) return;
  watchedClasses.add(prototype);
  for (const [name, method] of methodsOf(prototype)) {
    const watched = function (this: AnyDurableObject, ...args: unknown[]): unknown {
      const { ctx } = this as unknown as { ctx: DurableObjectState };
      const database = isolationOf(ctx.id.toString());
      if (database === undefined) return method.apply(this, args);
      watchObject(this, ctx);
      if (notUndoable.has(name) && database.isOpen) return Promise.reject(refused(name));
      const callId = callIdOf(name, args);
      const { cancel } = this as unknown as Partial<DatabaseRpc>;
      const call = {
        name: nameOf(name, args),
        instance: this,
        ...(callId !== undefined && { cancel: () => void cancel?.call(this, callId) }),
      };
      return database.calls.during(call, async () => {
        await database.enter(this);
        return method.apply(this, args);
      });
    };
    originalMethods.set(watched, method);
    Object.defineProperty(prototype, name, { value: watched, configurable: true, writable: true });
  }
}

function methodsOf(prototype: object): Map<string, (...args: unknown[]) => unknown> {
  const methods = new Map<string, (...args: unknown[]) => unknown>();
  for (let level = prototype; level !== DurableObject.prototype && level !== Object.prototype; ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (typeof value === "function" && name !== "constructor" && !methods.has(name))
        methods.set(name, value);
    }
    const next: object | null = Object.getPrototypeOf(level);
    if (next === null) break;
    level = next;
  }
  return methods;
}

function callIdOf(method: string, [call]: readonly unknown[]): string | undefined {
  if (method !== "call" && method !== "callInSession") return undefined;
  return (call as { id?: string } | undefined)?.id;
}

function nameOf(method: string, [first]: readonly unknown[]): string {
  switch (method) {
    case "call":
    case "callInSession":
      return `Procedures.${(first as { name?: string } | undefined)?.name}()`;
    case "query":
      return `"${(first as { queries?: { sql: string }[] } | undefined)?.queries?.[0]?.sql}"`;
    default:
      return `${method}()`;
  }
}

function refused(method: string): DatabaseError {
  return new DatabaseError(
    "STATEMENT_REFUSED",
    `${method}() on an isolated database: what it does cannot be undone. Test it with a database of its own: env.DB.getByName(crypto.randomUUID()).`,
  );
}
