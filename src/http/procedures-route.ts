import { defaultDatabaseName } from "../client/connect.ts";
import { DatabaseLink } from "../client/database-link.ts";
import { DatabaseError } from "../errors.ts";
import { failureResponse, successResponse } from "./envelope.ts";
import { originOfThrown, reportError } from "./error-report.ts";
import type { HttpEnv } from "./http-env.ts";
import { type JsonValue, toJsonValue } from "./json-value.ts";
import { readJsonBody } from "./request-body.ts";

/**
 * `POST /procedures/:name`: calls one procedure with the arguments in the body.
 *
 * @param name The procedure's name, `namespace.method` where there are namespaces.
 * @example
 * curl -X POST http://localhost:8787/procedures/Checkout -H "Authorization: Bearer $API_TOKEN" -d '[1]'
 */
export async function callProcedure(
  request: Request,
  name: string,
  env: HttpEnv,
  ctx: Pick<ExecutionContext, "waitUntil">,
): Promise<Response> {
  const args = await readJsonBody(request);
  if (!Array.isArray(args)) {
    throw new DatabaseError(
      "BAD_REQUEST",
      `The body must be a JSON array of the procedure's arguments, [] for none; it is ${describe(args)}.`,
    );
  }
  const link = new DatabaseLink(env.DB, defaultDatabaseName);
  const call = link.call({ id: crypto.randomUUID(), name, args }, request.signal);
  // When the client goes away the runtime ends this invocation, and with it the message that cancels the
  // call: keep it alive for as long as that takes.
  ctx.waitUntil(call.catch(() => {}));
  try {
    return respond(await call);
  } catch (thrown) {
    if (request.signal.aborted) return new Response(null, { status: 499 }); // Nobody reads it.
    // Here and not in the app's onError: a procedure may throw what is no Error, and Hono would not catch it.
    return failureResponse(reportError(thrown, originOfThrown(thrown)));
  }
}

/** A procedure may return its error beside other values, as `{ error }` of a transaction: a failure too. */
function respond(result: unknown): Response {
  if (!isReturnedError(result)) return successResponse(toJsonValue(result));
  const { error, ...rest } = result;
  const beside = toJsonValue(rest);
  return failureResponse(reportError(error, "procedure"), isEmpty(beside) ? null : beside);
}

function isReturnedError(result: unknown): result is { error: Error } {
  return typeof result === "object" && result !== null && Reflect.get(result, "error") instanceof Error;
}

function isEmpty(value: JsonValue): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}
