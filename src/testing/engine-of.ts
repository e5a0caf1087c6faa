import { Engine } from "../database/engine.ts";
import { DatabaseError } from "../errors.ts";
import type { DatabaseRpc, QueryRequest } from "../protocol.ts";
import type { AnyDurableObject } from "./test-runtime.ts";

const engines = new WeakMap<object, Engine>();

/** A method as its class has it, by the one that a test has put in its place. */
export const originalMethods = new WeakMap<object, (...args: unknown[]) => unknown>();

/**
 * The engine of a database object. It is private there, so that nothing reaches it over RPC: here it is caught at a query that the object
 * hands to it.
 *
 * @throws DatabaseError INVALID_BINDING for an object of another class, or one whose database has moved.
 */
export function engineOf(instance: AnyDurableObject): Engine {
  const known = engines.get(instance);
  if (known !== undefined) return known;
  const engine = catchEngine(instance);
  if (engine === undefined) throw notADatabase(instance);
  engines.set(instance, engine);
  return engine;
}

function catchEngine(instance: AnyDurableObject): Engine | undefined {
  const { query } = Engine.prototype;
  let caught: Engine | undefined;
  Engine.prototype.query = function (this: Engine, ...args) {
    caught = this;
    return query.apply(this, args);
  };
  try {
    const database = instance as unknown as Partial<DatabaseRpc>;
    const ask = originalMethods.get(database.query ?? {}) ?? database.query;
    // The object calls its engine at once, in this very call; the answer is of no interest.
    const request: QueryRequest = { queries: [{ sql: "SELECT 1", params: [] }] };
    const answer = ask?.call(instance, request) as Promise<unknown> | undefined;
    answer?.catch(() => {});
  } finally {
    Engine.prototype.query = query;
  }
  return caught;
}

function notADatabase(instance: AnyDurableObject): DatabaseError {
  return new DatabaseError(
    "INVALID_BINDING",
    [
      `The object is no database that tests can reach into (its class is ${instance.constructor.name}). Likely causes:`,
      "- the binding in wrangler.toml names another class than the one made by defineDatabase();",
      "- a restore has moved the database to another object: use one that was not restored;",
      '- two copies of d1-procedures are loaded: let the bundler optimize both "d1-procedures" and "d1-procedures/testing", or neither.',
    ].join("\n"),
  );
}
