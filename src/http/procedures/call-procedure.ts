import type { DatabaseLink } from "../../client/database-link.ts";
import { messageOf } from "../../errors.ts";
import { type ErrorReport, originOfThrown, reportError } from "../error-report.ts";
import { type JsonValue, toJsonValue } from "../json-value.ts";

/** A procedure threw an error or returned one, or the call did not come through. */
export class ProcedureFailure extends Error {
  /**
   * @param thrown The error itself.
   * @param report The same as HTTP tells it.
   * @param beside What the procedure returned beside it, or null.
   */
  constructor(
    readonly thrown: unknown,
    readonly report: ErrorReport,
    readonly beside: JsonValue = null,
  ) {
    super(messageOf(thrown));
  }
}

/** The client has gone away, and its call was cancelled. Nobody reads the answer. */
export class ClientGone extends Error {}

/**
 * Calls a procedure on behalf of an HTTP client, and cancels it when the client goes away.
 *
 * @param name The procedure's name, `namespace.method` where there are namespaces.
 * @returns What it returned, as JSON.
 * @throws ProcedureFailure or ClientGone
 */
export async function callProcedure(
  link: DatabaseLink,
  name: string,
  args: unknown[],
  clientSignal: AbortSignal,
  ctx: Pick<ExecutionContext, "waitUntil">,
): Promise<JsonValue> {
  const call = link.call({ id: crypto.randomUUID(), name, args }, clientSignal);
  // When the client goes away the runtime ends this invocation, and with it the message that cancels the
  // call: keep it alive for as long as that takes.
  ctx.waitUntil(call.catch(() => {}));
  try {
    return toResult(await call);
  } catch (thrown) {
    if (thrown instanceof ProcedureFailure) throw thrown;
    if (clientSignal.aborted) throw new ClientGone();
    // Not left to the app: a procedure may throw what is no Error, and Hono would not catch it.
    throw new ProcedureFailure(thrown, reportError(thrown, originOfThrown(thrown)));
  }
}

/** A procedure may return its error beside other values, as `{ error }` of a transaction: a failure too. */
function toResult(result: unknown): JsonValue {
  if (!isReturnedError(result)) return toJsonValue(result);
  const { error, ...rest } = result;
  const beside = toJsonValue(rest);
  throw new ProcedureFailure(error, reportError(error, "procedure"), isEmpty(beside) ? null : beside);
}

function isReturnedError(result: unknown): result is { error: Error } {
  return typeof result === "object" && result !== null && Reflect.get(result, "error") instanceof Error;
}

function isEmpty(value: JsonValue): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
