import type { DatabaseAdminRpc } from "../admin-protocol.ts";
import { DatabaseError, messageOf } from "../errors.ts";
import { openTransactionDatabaseId } from "../open-transaction.ts";
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
import { classifyBinding, type DatabaseBinding } from "./binding-kind.ts";
import { callWithSignal } from "./cancellation.ts";
import { GenerationTrail } from "./generations.ts";

/**
 * The Database object behind a binding, whatever the kind of the binding.
 *
 * A namespace gives a new stub for every call: a stub that has met a reset of its object fails from then on,
 * and making one costs no round trip. (Two stubs are not ordered relative to each other; neither are two
 * requests to D1.) A stub that the caller made is used as it is, there is no way from it to a new one.
 */
export class DatabaseLink implements DatabaseRpc {
  readonly #open: () => { rpc: DatabaseRpc; id?: DurableObjectId };
  readonly #trail: GenerationTrail | undefined;

  /**
   * @param binding A namespace, a stub or a service binding.
   * @param name Which object of a namespace; the other kinds lead to one database already.
   * @param options Of a namespace's `get()`: they count when the object is first reached.
   * @throws DatabaseError INVALID_BINDING for anything else.
   */
  constructor(binding: DatabaseBinding, name: string, options?: { locationHint?: string }) {
    const classified = classifyBinding(binding);
    switch (classified.kind) {
      case "namespace": {
        const namespace = classified.binding;
        const trail = new GenerationTrail(namespace, name);
        this.#trail = trail;
        this.#open = () => {
          const { id } = trail;
          return { rpc: asRpc(namespace.get(id, options)), id };
        };
        break;
      }
      case "stub": {
        const stub = classified.binding;
        this.#open = () => ({ rpc: asRpc(stub), id: stub.id });
        break;
      }
      case "service": {
        const rpc = asRpc(classified.binding);
        this.#open = () => ({ rpc });
        break;
      }
    }
  }

  query(request: QueryRequest): Promise<QueryResponse> {
    return this.#send((rpc) => rpc.query(request));
  }

  exec(script: string): Promise<ExecResult> {
    return this.#send((rpc) => rpc.exec(script));
  }

  script(script: string, options?: ScriptOptions): Promise<QueryResponse> {
    return this.#send((rpc) => rpc.script(script, options));
  }

  /** @param signal Cancels the call when it aborts. */
  call(call: ProcedureCall, signal?: AbortSignal): Promise<unknown> {
    return this.#sendCall(call, (rpc) => rpc.call(call), signal);
  }

  /** @param signal Cancels the call when it aborts. */
  callInSession(call: SessionCall, signal?: AbortSignal): Promise<SessionCallResponse> {
    return this.#sendCall(call, (rpc) => rpc.callInSession(call), signal);
  }

  /** What is no query: on a binding within the Worker that has the object, not over an entrypoint. */
  administer<T>(work: (admin: DatabaseAdminRpc) => Promise<T>): Promise<T> {
    return this.#send((rpc) => work(rpc as unknown as DatabaseAdminRpc));
  }

  cancel(callId: string): Promise<boolean> {
    return this.#send((rpc) => rpc.cancel(callId));
  }

  /** Without a signal it looks at nothing of the call: an entrypoint passes on whatever it was sent. */
  #sendCall<T>(
    call: ProcedureCall,
    send: (rpc: DatabaseRpc) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#send((rpc) => (signal ? callWithSignal(rpc, call.id, () => send(rpc), signal) : send(rpc)));
  }

  /** Gives `send` one stub for all that it sends, so that a call and its cancellation arrive in order. */
  async #send<T>(send: (rpc: DatabaseRpc) => Promise<T>): Promise<T> {
    for (let hops = 0; ; hops++) {
      const { rpc, id } = this.#open();
      refuseReentrantCall(id);
      try {
        return await send(rpc);
      } catch (error) {
        if (id !== undefined && this.#trail?.follow(error, id, hops)) continue;
        if (isMethodMissing(error)) throw notADatabase(error);
        throw isTooLarge(error) ? tooLarge(error) : error;
      }
    }
  }
}

/** The methods of the other side exist only there: to TypeScript a binding is just something with `fetch`. */
function asRpc(binding: object): DatabaseRpc {
  return binding as DatabaseRpc;
}

function refuseReentrantCall(target: DurableObjectId | undefined): void {
  const open = openTransactionDatabaseId();
  if (open === undefined || target?.toString() !== open) return;
  throw new DatabaseError(
    "REENTRANT_CALL",
    "A transaction called its own database through a binding. The call would wait for the mutex that the transaction itself holds. " +
      "Inside the callback use the procedure's own database (`this.db.prepare(...)`, or `txn`), and call other procedures as methods (`this.Checkout(id)`).",
  );
}

/** The words of workerd's RPC, on this side for what is sent and on the other for what it gives back. */
function isTooLarge(error: unknown): boolean {
  return /RPC arguments or return values are limited to \d+ ?MiB/.test(messageOf(error));
}

function tooLarge(cause: unknown): DatabaseError {
  return new DatabaseError(
    "LIMIT_EXCEEDED",
    `One call carries no more: ${messageOf(cause)} Ask for fewer rows with LIMIT, send fewer values, or work on the rows in a ` +
      "procedure. If it was the result that is too large, the statement has taken effect.",
    { cause },
  );
}

/** The words of workerd's RPC dispatcher (and of vitest-pool-workers' own); there is no code to go by. */
function isMethodMissing(error: unknown): boolean {
  return (
    error instanceof TypeError &&
    /does not implement (the method )?"(query|exec|script|call|callInSession|cancel)"|does not support RPC/.test(
      error.message,
    )
  );
}

/** Says what to look for, where the runtime only says that a method is missing. */
function notADatabase(cause: unknown): DatabaseError {
  return new DatabaseError(
    "INVALID_BINDING",
    [
      `The binding leads to something that is not a database (${messageOf(cause)}). Likely causes:`,
      "- the Durable Object class that wrangler.toml names is not `class Database extends defineDatabase(Procedures)`, or the Worker's main module does not export it;",
      '- the [[services]] binding has no `entrypoint = "DB"` naming the exported `class DB extends defineBinding(Database)`, so that it leads to the default handler;',
      "- the class overrides query, exec, script, call, callInSession or cancel.",
    ].join("\n"),
    { cause },
  );
}
