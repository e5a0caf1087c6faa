import { D1Error, DatabaseError, messageOf } from "../errors.ts";
import { maxPhysicalTransactionMs } from "../limits.ts";

/** The failure of a transaction that took longer than its `timeoutMs`. */
export function timedOut(): DatabaseError {
  return new DatabaseError(
    "TRANSACTION_TIMEOUT",
    "The transaction took longer than its timeoutMs and was rolled back. A callback that calls its own database " +
      "through a binding (env.DB), or awaits a write outside of it, waits for the mutex that it holds: use this.db. " +
      "Otherwise shorten the external call, or pass a larger timeoutMs.",
  );
}

/** The failure of everything in a turn whose commit SQLite or the disk refused: the runtime resets the object. */
export function commitFailed(error: unknown): DatabaseError {
  return new DatabaseError(
    "COMMIT_FAILED",
    `The commit failed and the database restarts: ${messageOf(error)}`,
    { cause: error },
  );
}

/** The failure of everything in a turn that went wrong before its commit: an error of the engine itself. */
export function turnFailed(error: unknown): DatabaseError {
  return new DatabaseError("INTERNAL_ERROR", `The database failed and wrote nothing: ${messageOf(error)}`, {
    cause: error,
  });
}

/** The failure of a pinned transaction that waited for something outside. */
export function pinnedTooLong(waitMs: number): DatabaseError {
  return new DatabaseError(
    "TRANSACTION_TIMEOUT",
    `The transaction was rolled back: it waited ${waitMs} ms for something outside the database, while pinned. ` +
      "It has read a value that random() or a clock function generated in one of its writes " +
      "(or wrote more than a redo log may hold): readers wait too, and an event that was started " +
      "before its first statement cannot arrive. Read generated values after the external call, or compute them " +
      "in JavaScript and bind them.",
  );
}

/** The failure of a pinned transaction that never paused. */
export function physicalTooLong(): DatabaseError {
  return new DatabaseError(
    "TRANSACTION_TIMEOUT",
    `The transaction ran statements for ${maxPhysicalTransactionMs} ms without a pause, while pinned, and was rolled ` +
      "back; the runtime resets an object after 30 s. Split the work into several transactions, or commit in between.",
  );
}
/** The failure of a rollback of a part, where only a rollback of all is possible. */
export function notReplayable(): DatabaseError {
  return new DatabaseError(
    "NOT_REPLAYABLE",
    "The whole transaction was rolled back, not a part of it: the rest would be replayed; but the callback has read a " +
      "value that random() or a clock function generated in an earlier write, or has " +
      "written more than a redo log may hold. Compute such values in " +
      "JavaScript and bind them; split large work into several transactions.",
  );
}
/** `{ error: undefined }` would look like success, so that whatever was thrown becomes an Error. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new DatabaseError(
    "NON_ERROR_THROWN",
    `The callback threw ${describe(thrown)} instead of an Error.`,
    {
      cause: thrown,
    },
  );
}

function describe(value: unknown): string {
  return typeof value === "object" && value !== null ? Object.prototype.toString.call(value) : String(value);
}

/** The failure of a transaction that a signal or its caller ended. */
export function cancelled(reason: unknown): DatabaseError {
  return new DatabaseError("TRANSACTION_CANCELLED", "The transaction was cancelled and rolled back.", {
    cause: reason,
  });
}

/** The failure of a callback that returned too early. */
export function notAwaited(nested: boolean): DatabaseError {
  return new DatabaseError(
    "STATEMENT_NOT_AWAITED",
    `The callback returned while ${nested ? "a nested transaction" : "a statement"} of it was still running; the ` +
      "transaction was rolled back. Put `await` before every statement, batch, exec and transaction in it.",
  );
}

/** What SQLite says at a commit; the runtime would reset the object for it. */
export function deferredKeyViolated(): D1Error {
  return new D1Error(
    "D1_ERROR",
    "FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)",
  );
}

/** The failure of a job whose log does something else than its statements did at first. */
export function replayDiverged(sql: string, what: string, cause?: unknown): DatabaseError {
  return new DatabaseError(
    "REPLAY_DIVERGED",
    `A statement of the transaction did something else when it was replayed (${what}): ${sql.slice(0, 200)}. ` +
      "The transaction was rolled back. A write that calls random() or reads the clock is the usual cause: " +
      "compute such values in JavaScript and bind them.",
    cause === undefined ? undefined : { cause },
  );
}

/** The failure of BEGIN and its kin where no transaction can be driven as text. */
export function controlOutOfPlace(sql: string): DatabaseError {
  const message =
    "To execute a transaction, please use db.transaction() in a procedure (BEGIN and SAVEPOINT as SQL work there too) " +
    `or batch() instead of the SQL statement: ${sql.trim().slice(0, 40)}`;
  return new DatabaseError("TRANSACTION_MISUSE", `D1_ERROR: ${message}`, { cause: new Error(message) });
}
