import { DatabaseError, type DatabaseErrorCode, httpStatusOfCode, messageOf } from "../errors.ts";
import { type JsonValue, ownJsonProperties } from "./json-value.ts";

/** One entry of `errors` in the envelope: the error's own properties, its code, name and message. */
export type ErrorEntry = { code: string | number; name: string; message: string } & {
  [key: string]: JsonValue;
};

/** An error as HTTP tells it. */
export interface ErrorReport {
  status: number;
  entry: ErrorEntry;
}

/** Where an error came from: the code of the procedure, or the way there and back. */
export type ErrorOrigin = "procedure" | "infrastructure";

/**
 * Where a thrown error came from. The runtime marks with `remote` what the code in the object has thrown;
 * what it raises itself (a reset, a lost connection) has no mark.
 */
export function originOfThrown(thrown: unknown): ErrorOrigin {
  if (typeof thrown !== "object" || thrown === null) return "procedure";
  return databaseErrorCode(thrown) !== undefined || Reflect.get(thrown, "remote") === true
    ? "procedure"
    : "infrastructure";
}

/**
 * Tells an error over HTTP. An error of the infrastructure is logged, and the client gets no word of it.
 */
export function reportError(thrown: unknown, origin: ErrorOrigin): ErrorReport {
  if (origin === "infrastructure") return reportInfrastructureError(thrown);
  if (!(thrown instanceof Error)) {
    return { status: 422, entry: { code: "PROCEDURE_FAILED", name: "Error", message: messageOf(thrown) } };
  }
  const own = ownJsonProperties(thrown);
  const code = typeof own.code === "string" || typeof own.code === "number" ? own.code : "PROCEDURE_FAILED";
  return {
    status: statusOf(thrown, own),
    entry: { ...own, code, name: thrown.name, message: thrown.message },
  };
}

/**
 * The code of an error that the database raised. An error that crossed RPC has lost its class, hence the
 * test by name.
 */
export function databaseErrorCode(thrown: unknown): DatabaseErrorCode | undefined {
  if (!(thrown instanceof Error) || thrown.name !== DatabaseError.name) return undefined;
  const code: unknown = Reflect.get(thrown, "code");
  return typeof code === "string" && Object.hasOwn(httpStatusOfCode, code)
    ? (code as DatabaseErrorCode)
    : undefined;
}

function statusOf(error: Error, own: { [key: string]: JsonValue }): number {
  const databaseCode = databaseErrorCode(error);
  if (databaseCode !== undefined) return httpStatusOfCode[databaseCode];
  const { status, code } = own;
  if (typeof status === "number" && Number.isInteger(status) && status >= 400 && status <= 499) return status;
  return typeof code === "string" && code.startsWith("SQLITE_CONSTRAINT") ? 409 : 422;
}

function reportInfrastructureError(thrown: unknown): ErrorReport {
  console.error("The HTTP API failed:", thrown);
  // Set by the runtime when an object has more requests waiting than it takes.
  const isOverloaded = thrown instanceof Error && Reflect.get(thrown, "overloaded") === true;
  const code: DatabaseErrorCode = isOverloaded ? "OVERLOADED" : "INTERNAL_ERROR";
  const message = isOverloaded
    ? "The database has too many requests waiting. Try again later."
    : "Something failed on the way to the database. Whether the call took effect is unknown.";
  return { status: httpStatusOfCode[code], entry: { code, name: "DatabaseError", message } };
}
