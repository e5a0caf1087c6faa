import { type DatabaseErrorCode, messageOf } from "../../errors.ts";
import { databaseErrorCode, originOfThrown, reportError } from "../error-report.ts";

/** Cloudflare's codes that the D1 REST routes use. */
export type RestErrorCode = 7003 | 7400 | 7403 | 7404 | 7429 | 7500 | 10000;

/** A failure that already has Cloudflare's words. */
export class RestError extends Error {
  constructor(
    readonly status: number,
    readonly code: RestErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Gives anything that was thrown one of Cloudflare's codes. */
export function toRestError(thrown: unknown): RestError {
  if (thrown instanceof RestError) return thrown;
  const code = databaseErrorCode(thrown);
  if (code !== undefined) return fromDatabaseError(code, messageOf(thrown));
  const { status, entry } = reportError(thrown, originOfThrown(thrown));
  if (entry.code === "OVERLOADED") return new RestError(429, 7429, entry.message);
  if (status >= 500) return new RestError(status, 7500, entry.message);
  // Whatever else comes from the object is an SQL error. The REST API gives SQLite's text without D1's prefix.
  return new RestError(400, 7500, entry.message.replace(/^D1_(EXEC_)?ERROR: /, ""));
}

function fromDatabaseError(code: DatabaseErrorCode, message: string): RestError {
  switch (code) {
    case "UNAUTHORIZED":
      return new RestError(401, 10000, message);
    case "NO_TOKEN_CONFIGURED":
      return new RestError(503, 10000, message);
    case "NOT_FOUND":
      return new RestError(404, 7003, message);
    case "BAD_REQUEST":
    case "INVALID_ARGUMENT":
      return new RestError(400, 7400, message);
    case "PAYLOAD_TOO_LARGE":
      return new RestError(413, 7400, message);
    case "OVERLOADED":
    case "QUEUE_TIMEOUT":
      return new RestError(429, 7429, message);
    case "STATEMENT_REFUSED":
    case "TRANSACTION_MISUSE":
    case "LIMIT_EXCEEDED":
      return new RestError(400, 7500, message);
    default:
      return new RestError(500, 7500, message);
  }
}
