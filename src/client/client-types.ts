/**
 * The type of the procedures behind a binding, as far as the binding's own type tells it.
 */

import type { StatementSource } from "../procedures.ts";

/** D1's session with `Procedures`: a procedure's writes are part of what the session has seen. */
export interface DatabaseClientSession<Procedures = UnknownProcedures> extends D1DatabaseSession {
  /** As of the client. A call that fails leaves the session's bookmark as it was. */
  readonly Procedures: Procedures;
}

/** A database as a Worker sees it: D1's client API, plus procedures. */
export interface DatabaseClient<Procedures = UnknownProcedures> extends StatementSource {
  /** Every procedure as a method; with several classes, every namespace as a property. */
  readonly Procedures: Procedures;
  /**
   * Starts a session: a bookmark follows what its statements and procedure calls have seen, and can be handed to
   * a later session, also in another request.
   *
   * @param constraintOrBookmark `"first-primary"`, `"first-unconstrained"` (the default, also when blank), or a
   *   bookmark. There are no replicas yet: every query sees the newest state, whatever is given here.
   * @example
   * const session = env.DB.withSession(request.headers.get("x-d1-bookmark") ?? "first-unconstrained");
   * const user = await session.prepare("SELECT name FROM user WHERE user_id = ?").bind(1).first();
   * const bookmark = session.getBookmark(); // into the answer's header
   */
  withSession(
    constraintOrBookmark?: D1SessionBookmark | D1SessionConstraint,
  ): DatabaseClientSession<Procedures>;
  /**
   * The same database, whose procedure calls end when `signal` aborts: what the call has open is rolled back
   * and the promise rejects with the signal's reason. Statements and batches are not interrupted, each is one
   * step; after the abort no new one is sent.
   *
   * @example
   * const db = env.DB.withSignal(AbortSignal.timeout(2_000));
   * await db.Procedures.Checkout(cartId);
   */
  withSignal(signal: AbortSignal): DatabaseClient<Procedures>;
  withExactIntegers(): DatabaseClient<Procedures>;
}

/**
 * The procedures of a binding whose type does not name them. It has no member, so that a call is a compile
 * error instead of an unchecked one: write `connect<typeof Procedures>(env.DB)`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: the emptiness is the point, and the name is the message.
export interface UnknownProcedures {}

/**
 * The procedures of `DurableObjectNamespace<Database>`, `DurableObjectStub<Database>` or `Service<typeof DB>`,
 * as `wrangler types` writes them.
 */
export type ProceduresOfBinding<B> =
  B extends DurableObjectNamespace<infer T>
    ? ProceduresOfInstance<T>
    : B extends DurableObjectStub<infer T>
      ? ProceduresOfInstance<T>
      : B extends Service<infer T>
        ? T extends new (
            ...args: never[]
          ) => infer I
          ? ProceduresOfInstance<I>
          : ProceduresOfInstance<T>
        : UnknownProcedures;

/** The `Procedures` getter of a Database object or entrypoint, without the mark of an RpcTarget. */
type ProceduresOfInstance<T> = T extends { readonly Procedures: infer R }
  ? Omit<R, keyof Rpc.RpcTargetBranded>
  : UnknownProcedures;
