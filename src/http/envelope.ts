import { retryAfterSeconds } from "../limits.ts";
import type { ErrorReport } from "./error-report.ts";
import type { JsonValue } from "./json-value.ts";

/** The answer to a procedure call over HTTP. */
export interface Envelope {
  success: boolean;
  /** What the procedure returned; of a failure what it returned beside its error, or null. */
  result: JsonValue;
  errors: ErrorReport["entry"][];
}

/** The answer of a call that worked. */
export function successResponse(result: JsonValue): Response {
  return Response.json({ success: true, result, errors: [] } satisfies Envelope);
}

/** The answer of a call that failed. */
export function failureResponse({ status, entry }: ErrorReport, result: JsonValue = null): Response {
  return Response.json({ success: false, result, errors: [entry] } satisfies Envelope, {
    status,
    headers: headersOfFailure(status, entry.code),
  });
}

/** What HTTP requires beside some statuses: how to authenticate, when to try again. */
export function headersOfFailure(status: number, code: string | number): Record<string, string> {
  if (status === 401) return { "www-authenticate": 'Bearer realm="d1-procedures"' };
  // A missing token is 503 too, but no waiting helps there.
  const isTemporary = status === 429 || (status === 503 && code !== "NO_TOKEN_CONFIGURED" && code !== 10000);
  return isTemporary ? { "retry-after": String(retryAfterSeconds) } : {};
}
