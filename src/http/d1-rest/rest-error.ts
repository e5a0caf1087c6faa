import { type DatabaseErrorCode, messageOf } from "../../errors.ts";
import { databaseErrorCode, type ErrorEntry, originOfThrown, reportError } from "../error-report.ts";
import type { JsonValue } from "../json-value.ts";
import { ProcedureFailure } from "../procedures/call-procedure.ts";

/** Cloudflare's codes that the D1 REST routes use. */
export type RestErrorCode = 7003 | 7400 | 7403 | 7404 | 7406 | 7429 | 7500 | 7502 | 10000;

/** A failure that already has Cloudflare's words. */
export class RestError extends Error {
  /** What the envelope has for a result. */
  readonly result: JsonValue;
  /** The error itself, where a procedure threw it. */
  readonly entry: ErrorEntry | undefined;

  constructor(
    readonly status: number,
    readonly code: RestErrorCode,
    message: string,
    { result = [], entry }: { result?: JsonValue; entry?: ErrorEntry } = {},
  ) {
    super(message);
    this.result = result;
    this.entry = entry;
  }
}

/** A property of the request that has a wrong value. */
export function invalidProperty(name: string, problem: string): RestError {
  return new RestError(400, 7400, `The property '${name}' is not valid: ${problem}`);
}

/** Gives anything that was thrown one of Cloudflare's codes. */
export function toRestError(thrown: unknown): RestError {
  if (thrown instanceof RestError) return thrown;
  if (thrown instanceof ProcedureFailure) return fromProcedure(thrown);
  const code = databaseErrorCode(thrown);
  if (code !== undefined) return fromDatabaseError(code, messageOf(thrown));
  const { status, entry } = reportError(thrown, originOfThrown(thrown));
  if (entry.code === "OVERLOADED") return new RestError(429, 7429, entry.message);
  if (status >= 500) return new RestError(status, 7500, entry.message);
  // Whatever else comes from the object is an SQL error. The REST API gives SQLite's text without D1's prefix.
  return new RestError(400, 7500, entry.message.replace(/^D1_(EXEC_)?ERROR: /, ""));
}

/** Cloudflare's code is a number, so that the procedure's own error comes beside it. The status is that of the error. */
function fromProcedure({ thrown, report, beside }: ProcedureFailure): RestError {
  const { status, entry } = report;
  const databaseCode = databaseErrorCode(thrown);
  const code = databaseCode === undefined ? 7500 : fromDatabaseError(databaseCode, "").code;
  const isBusy = code === 7429 || entry.code === "OVERLOADED";
  return new RestError(isBusy ? 429 : status, isBusy ? 7429 : code, entry.message, { result: beside, entry });
}

function fromDatabaseError(code: DatabaseErrorCode, message: string): RestError {
  switch (code) {
    case "UNAUTHORIZED":
      return new RestError(401, 10000, message);
    case "NO_TOKEN_CONFIGURED":
      return new RestError(503, 10000, message);
    case "READ_ONLY":
      return new RestError(403, 10000, message);
    case "NOT_FOUND":
      return new RestError(404, 7003, message);
    case "UNKNOWN_BACKUP":
      return new RestError(404, 7404, message);
    case "BAD_REQUEST":
    case "INVALID_ARGUMENT":
    case "UNKNOWN_TRANSFER":
      return new RestError(400, 7400, message);
    case "PAYLOAD_TOO_LARGE":
      return new RestError(413, 7400, message);
    case "OVERLOADED":
    case "QUEUE_TIMEOUT":
    case "MOVED":
      return new RestError(429, 7429, message);
    case "IMPORT_RUNNING":
    case "EXPORT_RUNNING":
      return new RestError(409, 7500, message);
    case "NO_TIME_TRAVEL":
      return new RestError(501, 7500, message);
    case "STATEMENT_REFUSED":
    case "TRANSACTION_MISUSE":
    case "LIMIT_EXCEEDED":
      return new RestError(400, 7500, message);
    default:
      return new RestError(500, 7500, message);
  }
}
