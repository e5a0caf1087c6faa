/**
 * The errors of the database: two classes, machine-readable codes, D1's message prefixes, and the HTTP
 * status of each code.
 *
 * Own properties of an error cross RPC (compatibility date 2026-04-21 or later), its class does not. So a
 * caller tells errors apart by `code` and `name`, never by `instanceof`.
 */

/** What went wrong, for programs. */
export type DatabaseErrorCode =
  /** The write queue is full. Nothing was done; try again later. */
  | "OVERLOADED"
  /** The job waited too long for the write mutex. Nothing was done; try again later. */
  | "QUEUE_TIMEOUT"
  /** The transaction block took longer than its `timeoutMs`; it was rolled back. */
  | "TRANSACTION_TIMEOUT"
  /** The transaction was cancelled by a signal or by its caller; it was rolled back. */
  | "TRANSACTION_CANCELLED"
  /** A statement came after its transaction had ended. It did not run. */
  | "TRANSACTION_CLOSED"
  /** The procedure ended with a transaction open; it was rolled back. */
  | "TRANSACTION_LEFT_OPEN"
  /** The callback returned while a statement of it was still running (a missing `await`); rolled back. */
  | "STATEMENT_NOT_AWAITED"
  /** BEGIN, COMMIT, SAVEPOINT ... or a handle used where it cannot work. Nothing was done. */
  | "TRANSACTION_MISUSE"
  /** The callback threw something that is not an Error; it is the `cause`. */
  | "NON_ERROR_THROWN"
  /** A replayed statement did not do what its first run did; the transaction was rolled back. */
  | "REPLAY_DIVERGED"
  /** A part of a transaction cannot be rolled back without the rest; all of it was. */
  | "NOT_REPLAYABLE"
  /** SQLite refused the commit. Whether it is durable is unknown; the object restarts. */
  | "COMMIT_FAILED"
  /** A result holds an integer that cannot be read exactly, as `withExactIntegers()` asks. Nothing was done. */
  | "NOT_EXACT"
  /** The statement can not run in this database; the message says why and what to write instead. */
  | "STATEMENT_REFUSED"
  /** A limit in limits.ts was exceeded. Nothing was done. */
  | "LIMIT_EXCEEDED"
  /** No procedure has that name; the message lists those that exist. */
  | "UNKNOWN_PROCEDURE"
  /** A transaction called its own database through a binding, where it would wait for itself. */
  | "REENTRANT_CALL"
  /** The procedure call has ended; its `db` can no longer be used. */
  | "PROCEDURE_ENDED"
  /** An argument or option has the wrong type or value. Nothing was done. */
  | "INVALID_ARGUMENT"
  /** The binding given to `connect()` is missing, or is not one of a database of this library. */
  | "INVALID_BINDING"
  /** The HTTP request carries no or a wrong token. */
  | "UNAUTHORIZED"
  /** No API token is configured, so that HTTP is closed. */
  | "NO_TOKEN_CONFIGURED"
  /** The HTTP body is not JSON, or not an array of arguments. */
  | "BAD_REQUEST"
  /** The HTTP body is larger than the limit. */
  | "PAYLOAD_TOO_LARGE"
  /** No HTTP route has that path. */
  | "NOT_FOUND"
  /** A restore has moved the database to another object. Nothing was done; a client over the namespace follows by itself. */
  | "MOVED"
  /** Another import into this database is running. Nothing was done; try again when it has ended. */
  | "IMPORT_RUNNING"
  /** Another export of this database is running. Nothing was done; try again when it has ended. */
  | "EXPORT_RUNNING"
  /** An import or export of that id is not known: it ended long ago, or the object restarted meanwhile. */
  | "UNKNOWN_TRANSFER"
  /** There is no backup of that id. */
  | "UNKNOWN_BACKUP"
  /** A backup is not what was stored: its checksum or its size is another one. Nothing was done with it. */
  | "BACKUP_DAMAGED"
  /** The platform keeps no history of the database, as a local one does not. Nothing was done. */
  | "NO_TIME_TRAVEL"
  /** A statement that may write came with the read-only token. It did not run. */
  | "READ_ONLY"
  /** The procedure ran, but returned something that JSON cannot carry; the message says where. */
  | "RESULT_NOT_JSON"
  /** Something failed that has no code of its own. */
  | "INTERNAL_ERROR";

/** The HTTP status that answers each code. A `Record`, so that a new code does not compile without one. */
export const httpStatusOfCode: Readonly<Record<DatabaseErrorCode, number>> = {
  OVERLOADED: 503,
  QUEUE_TIMEOUT: 503,
  TRANSACTION_TIMEOUT: 504,
  // nginx's "client closed request". A client that reads it has met a signal of the procedure's own.
  TRANSACTION_CANCELLED: 499,
  // The following name mistakes in the deployer's procedures; the HTTP client cannot do anything about them.
  TRANSACTION_CLOSED: 500,
  TRANSACTION_LEFT_OPEN: 500,
  STATEMENT_NOT_AWAITED: 500,
  TRANSACTION_MISUSE: 500,
  NON_ERROR_THROWN: 500,
  STATEMENT_REFUSED: 500,
  NOT_EXACT: 500,
  REENTRANT_CALL: 500,
  PROCEDURE_ENDED: 500,
  INVALID_BINDING: 500,
  RESULT_NOT_JSON: 500,
  REPLAY_DIVERGED: 500,
  NOT_REPLAYABLE: 500,
  COMMIT_FAILED: 500,
  INTERNAL_ERROR: 500,
  INVALID_ARGUMENT: 422,
  LIMIT_EXCEEDED: 422,
  UNKNOWN_PROCEDURE: 404,
  NOT_FOUND: 404,
  UNKNOWN_TRANSFER: 404,
  UNKNOWN_BACKUP: 404,
  BACKUP_DAMAGED: 500,
  IMPORT_RUNNING: 409,
  EXPORT_RUNNING: 409,
  MOVED: 503,
  NO_TIME_TRAVEL: 501,
  READ_ONLY: 403,
  UNAUTHORIZED: 401,
  NO_TOKEN_CONFIGURED: 503,
  BAD_REQUEST: 400,
  PAYLOAD_TOO_LARGE: 413,
};

const retryableCodes: ReadonlySet<DatabaseErrorCode> = new Set(["OVERLOADED", "QUEUE_TIMEOUT", "MOVED"]);

/** An error that the database itself raises, as opposed to one of SQLite or of the user's code. */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  /** True when nothing was done and the same call may succeed later. */
  readonly retryable: boolean;

  constructor(
    readonly code: DatabaseErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.retryable = retryableCodes.has(code);
  }
}

/** The failure of an export that comes while another one runs: writers wait for each. */
export function exportRunning(): DatabaseError {
  return new DatabaseError(
    "EXPORT_RUNNING",
    "Another export of this database is running. Nothing was done; try again when it has ended.",
  );
}

/**
 * The answer of an object that held the database before a restore.
 *
 * @param from The id of that object: whoever has asked another one must not believe it.
 */
export function movedTo(generation: string, from: string): DatabaseError {
  const error = new DatabaseError(
    "MOVED",
    "A restore has moved the database to another object. Nothing was done. A client over the Durable Object namespace follows by itself: " +
      "connect(env.DB). A stub of the old object cannot.",
  );
  return Object.assign(error, { generation, from });
}

/** The failure of what waited to write when the database moved away. The procedure that it belongs to is not sent on by itself. */
export function movedMeanwhile(): DatabaseError {
  return new DatabaseError(
    "MOVED",
    "A restore has moved the database to another object before this had its turn. It was not done; call the procedure again.",
  );
}

/** Where a call is to be sent instead, if that is what the failure of the object with this id says. */
export function newGenerationOf(error: unknown, from: string): string | undefined {
  if (!(error instanceof Error) || Reflect.get(error, "code") !== "MOVED") return undefined;
  if (Reflect.get(error, "from") !== from) return undefined;
  const generation: unknown = Reflect.get(error, "generation");
  return typeof generation === "string" ? generation : undefined;
}

/** The failure of an import that comes while another one runs. */
export function importRunning(): DatabaseError {
  return new DatabaseError(
    "IMPORT_RUNNING",
    "Another import into this database is running. Nothing was done; try again when it has ended.",
  );
}

/** The prefixes with which D1 starts its messages. */
export type D1ErrorPrefix =
  | "D1_ERROR"
  | "D1_EXEC_ERROR"
  | "D1_TYPE_ERROR"
  | "D1_COLUMN_NOTFOUND"
  | "D1_SESSION_ERROR"
  | "D1_DUMP_ERROR";

/**
 * An error that D1 words: the message begins with a prefix, `cause` is an Error of the text without it.
 * `name` stays "Error", as on D1.
 */
export class D1Error extends Error {
  /** SQLite's extended code where its message bears one (`SQLITE_CONSTRAINT_UNIQUE`), else the prefix. */
  readonly code: string;

  constructor(prefix: D1ErrorPrefix, message: string, options?: { cause?: unknown; code?: string }) {
    super(`${prefix}: ${message}`, { cause: options?.cause ?? new Error(message) });
    this.code = options?.code ?? sqliteCode(message) ?? prefix;
  }
}

/** The extended SQLite code at the end of a message of the runtime, or the primary one, or undefined. */
function sqliteCode(message: string): string | undefined {
  return /\(extended: (SQLITE_\w+)\)$/.exec(message)?.[1] ?? /: (SQLITE_\w+)$/.exec(message)?.[1];
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
