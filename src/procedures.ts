/**
 * The types that a deployer's procedures are written against, and the types that a caller sees of them.
 */

/** Options of one transaction. */
export interface TransactionOptions {
  /**
   * Milliseconds that the whole block may last, waiting for the mutex not included. Default 10,000,
   * at most 60,000. Past it the block is rolled back with `TRANSACTION_TIMEOUT`.
   */
  timeoutMs?: number;
  /** Rolls the block back at once when it aborts; the block then fails with `TRANSACTION_CANCELLED`. */
  signal?: AbortSignal;
  /**
   * What a failing block does. `"return"` (the default): the promise resolves to `{ error }`.
   * `"throw"`: it rejects with the error.
   */
  onError?: "return" | "throw";
}

/** D1's statement interface, as `prepare()` of a procedure's database gives it. */
export type ProcedureStatement = Pick<D1PreparedStatement, "bind" | "first" | "run" | "all" | "raw">;

/**
 * D1's client API: what a client, a procedure's `db` and its transactions have in common. Whatever takes a
 * `D1Database` takes one of these.
 */
export interface StatementSource extends D1Database {
  /** Makes a statement. Nothing runs before `run`, `all`, `first` or `raw`. */
  prepare(sql: string): D1PreparedStatement;
  /**
   * Runs the statements in order, all or nothing.
   *
   * @param statements What `prepare()` and `bind()` gave, of this database or of another.
   * @returns One result for each statement, in their order.
   */
  batch<T = unknown>(statements: D1PreparedStatement[]): Promise<D1Result<T>[]>;
  /**
   * Runs a script of any number of statements without parameters, all or nothing.
   *
   * @returns The number of statements, and their time in milliseconds.
   * @throws D1_EXEC_ERROR that names the line of the statement that failed.
   */
  exec(script: string): Promise<D1ExecResult>;
  /**
   * Starts a session: a bookmark follows what its statements have seen, and can be handed to a later session.
   *
   * @param constraintOrBookmark `"first-primary"`, `"first-unconstrained"` (the default), or a bookmark. There
   *   are no replicas yet, so that every query sees the newest state, whatever is given here.
   */
  withSession(constraintOrBookmark?: D1SessionBookmark | D1SessionConstraint): D1DatabaseSession;
  /**
   * The same database, whose statements keep 64-bit integers exact: a BigInt can be bound, and an integer beyond
   * 2^53 comes back as a BigInt (all others as numbers). Without it D1's rule holds: BigInt is refused, and large
   * integers are rounded. `meta.last_row_id` is rounded in any case.
   *
   * @throws DatabaseError NOT_EXACT from a statement that cannot be asked twice and gives such an integer, or a
   *   REAL of that size, as `INSERT ... RETURNING` may: write `RETURNING CAST(id AS TEXT)` there.
   * @example
   * const exact = env.DB.withExactIntegers();
   * await exact.prepare("INSERT INTO account (id) VALUES (?)").bind(9007199254740993n).run();
   * const id = await exact.prepare("SELECT id FROM account").first<bigint>("id"); // 9007199254740993n
   */
  withExactIntegers(): StatementSource;
  /** @deprecated Rejects with D1_DUMP_ERROR, as D1 does. Use `wrangler d1 export`. */
  dump(): Promise<ArrayBuffer>;
}

/** The handle that a transaction's callback receives. It is dead once the block has ended. */
export interface Transaction extends StatementSource {
  withExactIntegers(): Transaction;
  /**
   * Commits what was done so far. The block goes on and keeps the mutex; a later failure or rollback undoes
   * only what came after. In a nested block: hands what was done so far to the enclosing transaction.
   */
  commit(): Promise<void>;
  /** Undoes what was done since the last commit. The block goes on and keeps the mutex. */
  rollback(): Promise<void>;
  /** Aborts when the transaction, or this nested block of it, has failed from outside: timeout, cancellation. Pass it to `fetch`. */
  readonly signal: AbortSignal;
}

/**
 * What `db.transaction()` resolves to: what the callback returned, or `{ error }`. The keys of the other
 * case are `undefined`, so that `const { error, total } = await db.transaction(...)` compiles. A callback that
 * returns nothing gives `{ error: undefined }`, so that `const { error } = ...` works for it too.
 */
export type TransactionResult<T> = Settled<T, KeysOfUnion<T>> | TransactionFailure<KeysOfUnion<T>>;

type KeysOfUnion<T> = T extends object ? keyof T : never;
// `All` are the keys of the whole union: inside, T is one member of it at a time.
// biome-ignore lint/suspicious/noConfusingVoidType: `void` is what an async callback without a return gives.
type Settled<T, All extends PropertyKey> = T extends undefined | void
  ? { error?: undefined } & { [K in Exclude<All, "error">]?: undefined }
  : T extends object
    ? T & { [K in Exclude<All | "error", keyof T>]?: undefined }
    : T;
type TransactionFailure<All extends PropertyKey> = { error: Error } & {
  [K in Exclude<All, "error">]?: undefined;
};

/**
 * The database inside a procedure: D1's client API without a network in between, plus transactions.
 *
 * @example
 * class Procedures {
 *   constructor(private db: ProcedureDatabase) {}
 *
 *   async Transfer(from: number, to: number, amount: number) {
 *     return this.db.transaction(async () => {
 *       await this.db.prepare("UPDATE account SET balance = balance - ? WHERE id = ?").bind(amount, from).run();
 *       await this.db.prepare("UPDATE account SET balance = balance + ? WHERE id = ?").bind(amount, to).run();
 *       return { moved: amount };
 *     });
 *   }
 * }
 */
export interface ProcedureDatabase extends StatementSource {
  withExactIntegers(): ProcedureDatabase;
  /**
   * Runs `body` as one transaction: alone among writers, all or nothing. Statements of this `db` inside
   * the callback belong to it. Inside another transaction: a nested one, whose failure undoes only its own
   * statements.
   *
   * @param body May await anything. While it awaits something outside the database, readers go on and see
   *   the last committed state; other writers wait.
   * @returns What `body` returned (`{ error: undefined }` in place of undefined); `{ error }` if it threw,
   *   timed out or was cancelled. With `onError: "throw"` exactly what `body` returned.
   */
  transaction<T>(
    body: (txn: Transaction) => Promise<T> | T,
    options: TransactionOptions & { onError: "throw" },
  ): Promise<T>;
  transaction<T>(
    body: (txn: Transaction) => Promise<T> | T,
    options?: TransactionOptions,
  ): Promise<TransactionResult<T>>;
}

/** What a procedure knows about its own call. */
export interface ProcedureContext {
  /** The id that the caller gave to this call. */
  readonly callId: string;
  /** Aborts when the caller cancels the call. */
  readonly signal: AbortSignal;
  /**
   * Keeps the call's `db` open for work that goes on after the procedure has answered. Without it the
   * `db` ends with the method.
   */
  waitUntil(promise: Promise<unknown>): void;
}

/** A class whose prototype methods are procedures. The host makes a fresh instance for every call. */
// biome-ignore lint/suspicious/noExplicitAny: Env belongs to the deployer; `unknown` would refuse every class that names its type.
export type ProceduresClass<I = object> = new (db: ProcedureDatabase, env: any, ctx: ProcedureContext) => I;

/** One class (its methods are called without a namespace), or several by namespace. */
export type ProceduresDefinition = ProceduresClass | { readonly [namespace: string]: ProceduresClass };

/** The methods of a procedures class as a caller sees them: every result is a promise. */
export type ProcedureMethods<I> = {
  [K in keyof I as I[K] extends (...args: never[]) => unknown ? K : never]: I[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

/** `env.DB.Procedures`, from the class or from the map of classes (`default` is flat). */
export type ProceduresOf<P> =
  P extends ProceduresClass<infer I>
    ? ProcedureMethods<I>
    : {
        [N in keyof P as N extends "default" ? never : N]: P[N] extends ProceduresClass<infer I>
          ? ProcedureMethods<I>
          : never;
      } & (P extends { default: ProceduresClass<infer I> } ? ProcedureMethods<I> : unknown);
