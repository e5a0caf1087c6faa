import type { ProceduresDefinition, ProceduresOf } from "../procedures.ts";
import type { DatabaseBinding } from "./binding-kind.ts";
import type { DatabaseClient } from "./client-types.ts";
import { type ConnectOptions, connect } from "./connect.ts";

/**
 * `Env` with the database binding replaced by the connected client: what a wrapped handler receives.
 *
 * @example
 * const app = new Hono<{ Bindings: WithDatabase<typeof Procedures, Env> }>();
 */
export type WithDatabase<
  P extends ProceduresDefinition,
  Env = Cloudflare.Env,
  Name extends string = "DB",
> = Omit<Env, Name> & { [K in Name]: DatabaseClient<ProceduresOf<P>> };

/** Options of {@link withDatabase}. */
export interface WithDatabaseOptions<Name extends string = "DB"> extends Pick<ConnectOptions, "name"> {
  /** The binding's name in `env`. Default: `"DB"`. */
  binding?: Name;
}

/** Another binding than DB must be named in the types and at run time, or neither would know of the other. */
type OptionsFor<Name extends string> = Name extends "DB"
  ? [options?: WithDatabaseOptions<Name>]
  : [options: WithDatabaseOptions<Name> & { binding: Name }];

/** The handlers that receive `env` as their second argument. */
const handlersWithEnv = [
  "fetch",
  "scheduled",
  "queue",
  "email",
  "tail",
  "trace",
  "tailStream",
  "test",
] as const;

/**
 * Wraps a Worker's handlers (or anything with a `fetch`, such as a Hono app) so that `env.DB` is the connected
 * client in place of the bare binding.
 *
 * @param handler What `export default` would be. Its handlers keep their `this`.
 * @example
 * export default withDatabase<typeof Procedures, Env>({
 *   async fetch(request, env) {
 *     const { error, amount_charged } = await env.DB.Procedures.Checkout(7);
 *     return Response.json({ error: error?.message, amount_charged });
 *   },
 * });
 */
export function withDatabase<
  P extends ProceduresDefinition,
  Env = Cloudflare.Env,
  Name extends string = "DB",
  QueueMessage = unknown,
>(
  handler: ExportedHandler<WithDatabase<P, Env, Name>, QueueMessage>,
  ...[options]: OptionsFor<Name>
): ExportedHandler<Env, QueueMessage> {
  const { binding = "DB", name } = options ?? {};
  const connectedEnv = rememberPerEnv((env) => ({
    ...env,
    [binding]: connect<P>(
      (env as Record<string, DatabaseBinding>)[binding]!,
      name === undefined ? {} : { name },
    ),
  }));
  const wrapped: Record<string, Handler> = {};
  const handlers = handler as Readonly<Record<string, Handler | undefined>>;
  for (const event of handlersWithEnv) {
    if (typeof handlers[event] !== "function") continue;
    wrapped[event] = (input, env, ctx) => handlers[event]!.call(handler, input, connectedEnv(env), ctx);
  }
  return wrapped as ExportedHandler<Env, QueueMessage>;
}

type Handler = (this: object, input: unknown, env: object, ctx: unknown) => unknown;

/** The runtime passes one `env` object to every event of an isolate: connect once, not for each request. */
function rememberPerEnv(make: (env: object) => object): (env: object) => object {
  const made = new WeakMap<object, object>();
  return (env) => {
    let result = made.get(env);
    if (result === undefined) {
      result = make(env);
      made.set(env, result);
    }
    return result;
  };
}
