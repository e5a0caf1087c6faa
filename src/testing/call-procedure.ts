import { env } from "cloudflare:workers";
import type { DatabaseBinding } from "../client/binding-kind.ts";
import { ProceduresHost, procedureTable } from "../database/procedures-host.ts";
import { DatabaseError } from "../errors.ts";
import type { ProcedureMethods, ProceduresClass } from "../procedures.ts";
import { type DatabaseTargetOptions, databaseTarget } from "./database-target.ts";
import { engineOf } from "./engine-of.ts";
import { checkFaults, type Faults, faultyEngine } from "./faults.ts";
import { onItsWay } from "./isolation/calls-on-their-way.ts";
import { isolationOf } from "./isolation/registry.ts";
import { watchObject } from "./isolation/watch-object.ts";
import { type AnyDurableObject, runInObject } from "./test-runtime.ts";

/** Options of {@link callProcedure}. */
export interface CallProcedureOptions extends DatabaseTargetOptions {
  /** The database beside which the procedure runs: a namespace or a stub. Default: the binding `DB`. */
  database?: DatabaseBinding;
  /** What takes the place of bindings of the same name in the procedure's `env`. */
  env?: Record<string, unknown>;
  /** What goes wrong. */
  faults?: Faults;
}

type Methods<I> = ProcedureMethods<I>;

/**
 * Calls a method of a class of procedures as a local function, beside a real database: the class need not be the database's own, what it throws is
 * the very object, and a debugger steps into it.
 *
 * @param procedures The class.
 * @param name A method of it.
 * @returns What the method returns, not a copy of it.
 * @throws What the method throws; what a client sees of a crash; DatabaseError INVALID_ARGUMENT, INVALID_BINDING, UNKNOWN_PROCEDURE.
 * @example
 * const { error } = await callProcedure(Procedures, "Checkout", [7], {
 *   env: { PAYMENT_API: { charge: async () => ({ ok: false }) } },
 * });
 */
export async function callProcedure<I extends object, N extends keyof Methods<I> & string>(
  procedures: ProceduresClass<I>,
  name: N,
  args: Methods<I>[N] extends (...args: infer A) => unknown ? A : never,
  options: CallProcedureOptions = {},
): Promise<Methods<I>[N] extends (...args: never[]) => infer R ? Awaited<R> : never> {
  const { faults } = options;
  if (faults !== undefined) checkFaults(faults);
  const table = procedureTable(procedures);
  const target = databaseTarget(options.database ?? defaultDatabase(), options);
  const run = async (instance: AnyDurableObject, state: DurableObjectState) => {
    const engine = engineOf(instance);
    const crash = (): never => {
      state.abort("The database object crashed, as callProcedure() was told.");
      throw new Error("Nothing runs after a crash.");
    };
    const own = (instance as unknown as { env: object }).env;
    const host = new ProceduresHost(
      table,
      faults === undefined ? engine : faultyEngine(engine, faults, crash),
      state,
      { ...own, ...options.env },
    );
    const id = crypto.randomUUID();
    const call = () => host.call({ id, name, args });
    const isolation = isolationOf(target.id);
    if (isolation === undefined) return call();
    watchObject(instance, state);
    await isolation.enter(instance);
    const underWay = { name: `${procedures.name}.${name}()`, instance, cancel: () => void host.cancel(id) };
    return isolation.calls.during(underWay, call);
  };
  return (await onItsWay(() => runInObject(target.stub(), run))) as never;
}

function defaultDatabase(): DatabaseBinding {
  const { DB } = env as { DB?: DatabaseBinding };
  if (DB !== undefined) return DB;
  throw new DatabaseError(
    "INVALID_ARGUMENT",
    "callProcedure() needs a database, and there is no binding called DB. Name another: callProcedure(Procedures, name, args, { database: env.SHOP }).",
  );
}
