import { RpcTarget } from "cloudflare:workers";
import { type CallProcedure, isProcedureKey, procedureAt } from "./procedure-path.ts";
import type { ProceduresOf } from "./procedures.ts";

/** `Procedures` as a getter of an entrypoint or object gives it to RPC, and as `Service<...>` maps it. */
export type RpcProcedures<P> = ProceduresOf<P> & Rpc.RpcTargetBranded;

/**
 * An RpcTarget that has every name as a method, so that another Worker with a plain binding can write
 * `env.DB.Procedures.Checkout(id)`, and a wrong name reaches the host, whose error lists the right ones.
 *
 * Only the prototype is a Proxy: workerd calls methods that an RpcTarget inherits, never own ones, and a
 * Proxy around the instance itself would no longer be a native object that RPC can pass.
 */
class ProceduresRpcTarget extends RpcTarget {
  readonly #call: CallProcedure;

  constructor(call: CallProcedure) {
    super();
    this.#call = call;
  }

  static {
    const inherited = new Proxy(RpcTarget.prototype, {
      get: (target, key, receiver: unknown) =>
        isProcedureKey(key) && isInstance(receiver)
          ? procedureAt(receiver.#call, key)
          : Reflect.get(target, key, receiver),
    });
    function isInstance(value: unknown): value is ProceduresRpcTarget {
      return typeof value === "object" && value !== null && #call in value;
    }
    Object.setPrototypeOf(ProceduresRpcTarget.prototype, inherited);
  }
}

/**
 * Makes the value of a `Procedures` getter.
 *
 * @param call Gets the dotted name and the arguments of each call.
 * @example
 * get Procedures() {
 *   return proceduresRpcTarget<P>((name, args) => this.call({ id: crypto.randomUUID(), name, args }));
 * }
 */
export function proceduresRpcTarget<P>(call: CallProcedure): RpcProcedures<P> {
  return new ProceduresRpcTarget(call) as unknown as RpcProcedures<P>;
}
