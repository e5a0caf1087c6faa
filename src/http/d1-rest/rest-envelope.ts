import { headersOfFailure } from "../envelope.ts";
import type { RestError } from "./rest-error.ts";

/** The envelope of every answer of Cloudflare's API. */
export interface RestEnvelope<T> {
  success: boolean;
  result: T | [];
  errors: { code: number; message: string }[];
  messages: string[];
}

/** The answer of a request that worked. */
export function restSuccess<T>(result: T): Response {
  return Response.json({ success: true, result, errors: [], messages: [] } satisfies RestEnvelope<T>);
}

/** The answer of a request that failed. */
export function restFailure({ status, code, message }: RestError): Response {
  return Response.json(
    { success: false, result: [], errors: [{ code, message }], messages: [] } satisfies RestEnvelope<never>,
    { status, headers: headersOfFailure(status, code) },
  );
}
