import type { StatementExecutor } from "../d1/prepared-statement.ts";
import { DatabaseSession, SessionBookmark } from "../d1/session.ts";
import { Statements } from "../d1/statements.ts";
import { DatabaseError } from "../errors.ts";
import { proceduresProxy } from "../procedure-path.ts";
import type { ProceduresDefinition, ProceduresOf } from "../procedures.ts";
import type { DatabaseBinding } from "./binding-kind.ts";
import type { DatabaseClient, DatabaseClientSession, ProceduresOfBinding } from "./client-types.ts";
import { DatabaseLink } from "./database-link.ts";

/** Options of {@link connect}. */
export interface ConnectOptions {
  /** The database's name within a Durable Object namespace. Default: `"default"`. */
  name?: string;
  /** The same as `connect(binding).withSignal(signal)`. */
  signal?: AbortSignal;
}

/** The name of the database in a namespace, unless options say otherwise. */
export const defaultDatabaseName = "default";

/**
 * Makes a binding look like D1, plus `Procedures`. Nothing is sent before the first statement or call.
 *
 * @param binding A Durable Object namespace, a stub, or a service binding to an entrypoint made by
 *   `defineBinding()`.
 * @returns D1's client API (assignable to `D1Database`), with `Procedures` and `withSignal`.
 * @throws DatabaseError INVALID_BINDING when the binding is missing or of another kind.
 * @example
 * const db = connect<typeof Procedures>(env.DB);
 * await db.prepare("SELECT name FROM user WHERE id = ?").bind(7).first("name");
 * const { error, amount_charged } = await db.Procedures.Checkout(cartId);
 */
export function connect<B extends DatabaseBinding>(
  binding: B,
  options?: ConnectOptions,
): DatabaseClient<ProceduresOfBinding<B>>;
export function connect<P extends ProceduresDefinition>(
  binding: DatabaseBinding,
  options?: ConnectOptions,
): DatabaseClient<ProceduresOf<P>>;
export function connect(binding: DatabaseBinding, options: ConnectOptions = {}): DatabaseClient<object> {
  const { name = defaultDatabaseName, signal } = options;
  if (typeof name !== "string" || name === "") {
    throw new DatabaseError("INVALID_ARGUMENT", "connect(): options.name must be a non-empty string.");
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new DatabaseError("INVALID_ARGUMENT", "connect(): options.signal must be an AbortSignal.");
  }
  return new Client(new DatabaseLink(binding, name), { signal });
}

/** How a client differs from the plain one. */
interface ClientModes {
  signal: AbortSignal | undefined;
  exactIntegers?: boolean;
}

class Client extends Statements implements DatabaseClient<object> {
  readonly Procedures: object;
  private readonly link: DatabaseLink;
  private readonly modes: ClientModes;

  constructor(link: DatabaseLink, { signal, exactIntegers = false }: ClientModes) {
    super(executorOver(link, signal), exactIntegers);
    this.link = link;
    this.modes = { signal, exactIntegers };
    this.Procedures = proceduresProxy((name, args) =>
      link.call({ id: crypto.randomUUID(), name, args }, signal),
    );
  }

  override withSession(constraintOrBookmark?: string): DatabaseClientSession<object> {
    return new ClientSession(this.link, this.modes, new SessionBookmark(constraintOrBookmark));
  }

  withSignal(signal: AbortSignal): DatabaseClient<object> {
    if (!(signal instanceof AbortSignal)) {
      throw new DatabaseError("INVALID_ARGUMENT", "withSignal(): pass an AbortSignal.");
    }
    return new Client(this.link, { ...this.modes, signal });
  }

  withExactIntegers(): DatabaseClient<object> {
    return new Client(this.link, { ...this.modes, exactIntegers: true });
  }
}

class ClientSession extends DatabaseSession implements DatabaseClientSession<object> {
  readonly Procedures: object;

  constructor(link: DatabaseLink, { signal, exactIntegers = false }: ClientModes, session: SessionBookmark) {
    super(executorOver(link, signal, session), session, exactIntegers);
    this.Procedures = proceduresProxy(async (name, args) => {
      const call = { id: crypto.randomUUID(), name, args, bookmark: session.anchor };
      const { result, bookmark } = await link.callInSession(call, signal);
      session.observe(bookmark);
      return result;
    });
  }
}

/** One RPC for each run, one for each batch. */
function executorOver(
  link: DatabaseLink,
  signal: AbortSignal | undefined,
  session?: SessionBookmark,
): StatementExecutor {
  return {
    async query(queries) {
      signal?.throwIfAborted();
      if (queries.length === 0) return [];
      const request = session === undefined ? { queries } : { queries, bookmark: session.anchor };
      const { results } = await link.query(request);
      session?.observe(results.bookmark);
      return results.queryResults;
    },
    async exec(script) {
      signal?.throwIfAborted();
      return link.exec(script);
    },
    inSession: (other) => executorOver(link, signal, other),
  };
}
