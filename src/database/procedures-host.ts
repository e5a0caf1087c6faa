import { DatabaseError } from "../errors.ts";
import { isProcedureKey } from "../procedure-path.ts";
import type { ProcedureContext, ProceduresClass, ProceduresDefinition } from "../procedures.ts";
import type { ProcedureCall } from "../protocol.ts";
import { CallScope } from "./call-scope.ts";
import type { Engine } from "./engine.ts";
import { ScopedDatabase } from "./procedure-database.ts";
import { cancelled } from "./transaction-errors.ts";

interface Procedure {
  procedures: ProceduresClass;
  method: string;
}

/** The procedures of a definition, by the name under which they are called. */
export type ProcedureTable = ReadonlyMap<string, Procedure>;

/**
 * Lists what can be called: every method on the prototype of a class, and of the classes that it extends.
 * Not the constructor, nor accessors, nor what every object has; `#private` methods are no properties.
 *
 * @throws DatabaseError INVALID_ARGUMENT for a definition that cannot be served.
 */
export function procedureTable(definition: ProceduresDefinition): ProcedureTable {
  if (typeof definition !== "function" && (typeof definition !== "object" || definition === null)) {
    throw invalid(`expects a class of procedures, or several by namespace, not ${String(definition)}`);
  }
  const table = new Map<string, Procedure>();
  const classes = typeof definition === "function" ? { default: definition } : definition;
  for (const [namespace, procedures] of Object.entries(classes)) {
    if (typeof procedures !== "function" || typeof procedures.prototype !== "object") {
      throw invalid(`"${namespace}" is not a class of procedures`);
    }
    if (namespace === "" || namespace.includes(".") || !isProcedureKey(namespace)) {
      throw invalid(`a namespace cannot be called "${namespace}", because no property access reaches it`);
    }
    for (const method of methodsOf(procedures)) {
      const name = namespace === "default" ? method : `${namespace}.${method}`;
      if (!isProcedureKey(method)) {
        throw invalid(`a procedure cannot be called "${name}": the language itself looks for that name`);
      }
      if (namespace === "default" && Object.hasOwn(classes, method)) {
        throw invalid(`a procedure cannot be called "${name}": a namespace has the same name`);
      }
      table.set(name, { procedures, method });
    }
  }
  return table;
}

function invalid(what: string): DatabaseError {
  return new DatabaseError("INVALID_ARGUMENT", `defineDatabase(): ${what}.`);
}

function methodsOf(procedures: ProceduresClass): Set<string> {
  const methods = new Set<string>();
  const defined = new Set<string>();
  let prototype: object | null = procedures.prototype;
  while (prototype !== null && prototype !== Object.prototype) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      // The definition nearest to the instance is what a call would meet: an accessor hides the method of a base class.
      if (defined.has(name)) continue;
      defined.add(name);
      // An own toString() is for the class's own use, as is every other name that all objects have.
      if (!(name in Object.prototype) && typeof value === "function") methods.add(name);
    }
    prototype = Object.getPrototypeOf(prototype);
  }
  return methods;
}

/** Runs procedure calls beside the data: a fresh instance for each, and nothing left open after it. */
export class ProceduresHost {
  readonly #table: ProcedureTable;
  readonly #engine: Engine;
  readonly #state: DurableObjectState;
  readonly #env: unknown;
  readonly #databaseId: string;
  readonly #running = new Map<string, RunningCall>();

  constructor(table: ProcedureTable, engine: Engine, state: DurableObjectState, env: unknown) {
    this.#table = table;
    this.#engine = engine;
    this.#state = state;
    this.#env = env;
    this.#databaseId = state.id.toString();
  }

  /** @throws What the procedure throws; DatabaseError UNKNOWN_PROCEDURE, TRANSACTION_LEFT_OPEN. */
  async call({ id, name, args }: ProcedureCall): Promise<unknown> {
    const { procedures, method } = this.#find(name);
    if (this.#running.has(id)) {
      throw new DatabaseError(
        "INVALID_ARGUMENT",
        `A call with the id ${JSON.stringify(id)} is already running.`,
      );
    }
    return new Promise((resolve, reject) => {
      const scope = new CallScope(this.#engine, this.#databaseId);
      const call = new RunningCall(scope, new CallContext(id, this.#state), reject);
      this.#running.set(id, call);
      this.#run(procedures, method, args, scope, call.context)
        .then(resolve, reject)
        .finally(() => {
          if (this.#running.get(id) === call) this.#running.delete(id);
        });
    });
  }

  /** False: no call with this id is running. */
  cancel(id: string): boolean {
    const call = this.#running.get(id);
    // Its method may go on for ever; the call itself has ended with this.
    this.#running.delete(id);
    call?.cancel(cancelled(undefined));
    return call !== undefined;
  }

  async #run(
    procedures: ProceduresClass,
    method: string,
    args: unknown[],
    scope: CallScope,
    context: CallContext,
  ): Promise<unknown> {
    let result: unknown;
    try {
      const instance = new procedures(new ScopedDatabase(scope), this.#env, context);
      const body = (instance as Record<string, (...args: unknown[]) => unknown>)[method]!;
      result = await body.apply(instance, args);
    } catch (error) {
      // The procedure's own error says more than what it left open.
      await this.#end(scope, context).catch(() => {});
      throw error;
    }
    if (context.hasBackground || !scope.isIdle) await this.#end(scope, context);
    else scope.close();
    return result;
  }

  async #end(scope: CallScope, context: CallContext): Promise<void> {
    if (context.hasBackground) this.#state.waitUntil(context.backgroundDone().then(() => scope.end()));
    else await scope.end();
  }

  #find(name: string): Procedure {
    const procedure = this.#table.get(name);
    if (procedure !== undefined) return procedure;
    const known = [...this.#table.keys()].sort();
    throw new DatabaseError(
      "UNKNOWN_PROCEDURE",
      `No procedure is called ${JSON.stringify(name)}. ` +
        (known.length === 0 ? "The class has no methods." : `There are: ${known.join(", ")}.`),
    );
  }
}

/** A call under way, as far as its cancellation goes. */
class RunningCall {
  readonly context: CallContext;
  readonly #scope: CallScope;
  readonly #reject: (reason: Error) => void;

  constructor(scope: CallScope, context: CallContext, reject: (reason: Error) => void) {
    this.#scope = scope;
    this.context = context;
    this.#reject = reject;
  }

  /** Rolls back what it has open, and answers at once: the method itself may go on for longer. */
  cancel(reason: Error): void {
    this.context.abort(reason);
    this.#scope.cancel(reason);
    this.#reject(reason);
  }
}

class CallContext implements ProcedureContext {
  readonly callId: string;
  readonly #state: DurableObjectState;
  readonly #background = new Set<Promise<unknown>>();
  #abort: AbortController | undefined;
  #aborted: Error | undefined;

  constructor(callId: string, state: DurableObjectState) {
    this.callId = callId;
    this.#state = state;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#aborted !== undefined) this.#abort.abort(this.#aborted);
    return this.#abort.signal;
  }

  get hasBackground(): boolean {
    return this.#background.size > 0;
  }

  waitUntil(promise: Promise<unknown>): void {
    this.#state.waitUntil(promise);
    this.#background.add(promise);
    const done = () => this.#background.delete(promise);
    promise.then(done, done);
  }

  /** Resolves when nothing is left, what was added meanwhile included. */
  async backgroundDone(): Promise<void> {
    while (this.#background.size > 0) await Promise.allSettled(this.#background);
  }

  abort(reason: Error): void {
    this.#aborted = reason;
    this.#abort?.abort(reason);
  }
}
