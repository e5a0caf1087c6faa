import { WorkerEntrypoint } from "cloudflare:workers";
import { DatabaseError } from "../errors.ts";
import { proceduresRpcTarget } from "../procedures-rpc-target.ts";
import type {
  DatabaseRpc,
  ExecResult,
  ProcedureCall,
  QueryRequest,
  QueryResponse,
  ScriptOptions,
  SessionCall,
  SessionCallResponse,
} from "../protocol.ts";
import type { DatabaseBinding } from "./binding-kind.ts";
import { defaultDatabaseName } from "./connect.ts";
import { DatabaseLink } from "./database-link.ts";

/** Options of {@link defineBinding}. */
export interface BindingOptions {
  /** The Durable Object binding's name in this Worker's wrangler.toml. Default: `"DB"`. */
  binding?: string;
  /** The database's name within that namespace. Default: `"default"`. */
  name?: string;
}

/** What another Worker reaches over its service binding. */
export interface DatabaseEntrypoint<Procedures> extends WorkerEntrypoint, DatabaseRpc {
  readonly Procedures: Procedures & Rpc.RpcTargetBranded;
}

/** The class that {@link defineBinding} returns. */
export type DatabaseEntrypointClass<Procedures> = new (
  ctx: ExecutionContext,
  env: unknown,
) => DatabaseEntrypoint<Procedures>;

/** A class made by `defineDatabase()`: its instances have the typed `Procedures`. */
type DatabaseClassWith<Procedures> = abstract new (...args: never[]) => { readonly Procedures: Procedures };

/**
 * Makes the entrypoint through which other Workers reach the database with a plain `[[services]]` binding,
 * and call `env.DB.Procedures.Checkout(id)` without a wrapper. `connect(env.DB)` adds the statements.
 *
 * @param Database The class made by `defineDatabase()`, for its types.
 * @example
 * export class Database extends defineDatabase(Procedures) {}
 * export class DB extends defineBinding(Database) {}
 *
 * // the other Worker's wrangler.toml
 * // [[services]]
 * // binding = "DB"
 * // service = "d1-procedures"
 * // entrypoint = "DB"
 */
export function defineBinding<Procedures>(
  Database: DatabaseClassWith<Procedures>,
  options: BindingOptions = {},
): DatabaseEntrypointClass<Procedures> {
  const { binding = "DB", name = defaultDatabaseName } = options;
  if (typeof Database !== "function" || typeof Database.prototype?.query !== "function") {
    throw new DatabaseError(
      "INVALID_ARGUMENT",
      "defineBinding() takes the Durable Object class: `class Database extends defineDatabase(Procedures) {}`, then `defineBinding(Database)`.",
    );
  }

  // Own properties of an entrypoint are not reachable over RPC, private ones not from subclasses either.
  return class extends WorkerEntrypoint<Record<string, DatabaseBinding>> implements DatabaseRpc {
    #opened: DatabaseLink | undefined;

    get #link(): DatabaseLink {
      this.#opened ??= new DatabaseLink(this.env[binding]!, name);
      return this.#opened;
    }

    get Procedures(): object {
      return proceduresRpcTarget((procedure, args) =>
        this.#link.call({ id: crypto.randomUUID(), name: procedure, args }),
      );
    }

    async query(request: QueryRequest): Promise<QueryResponse> {
      return this.#link.query(request);
    }

    async exec(script: string): Promise<ExecResult> {
      return this.#link.exec(script);
    }

    async script(script: string, options?: ScriptOptions): Promise<QueryResponse> {
      return this.#link.script(script, options);
    }

    async call(call: ProcedureCall): Promise<unknown> {
      return this.#link.call(call);
    }

    async callInSession(call: SessionCall): Promise<SessionCallResponse> {
      return this.#link.callInSession(call);
    }

    async cancel(callId: string): Promise<boolean> {
      return this.#link.cancel(callId);
    }
  } as unknown as DatabaseEntrypointClass<Procedures>;
}
