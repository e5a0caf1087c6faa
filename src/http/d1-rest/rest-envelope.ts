import { z } from "@hono/zod-openapi";
import { headersOfFailure } from "../envelope.ts";
import type { RestError } from "./rest-error.ts";

/** One entry of `errors`. */
const restErrorSchema = z
  .object({
    code: z.int().describe("Cloudflare's code of the error."),
    message: z.string(),
    error: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("The error that a procedure threw: its own properties, its code, name and message."),
  })
  .openapi("RestError");

const messagesSchema = z.array(z.string());

/** The envelope of an answer that tells a failure. */
export const restFailureSchema = z
  .object({
    success: z.literal(false),
    result: z.unknown(),
    errors: z.array(restErrorSchema).min(1),
    messages: messagesSchema,
  })
  .openapi("RestFailure");

/** The envelope of an answer that tells a success. */
function restSuccessSchema<T extends z.ZodType>(result: T) {
  return z.object({
    success: z.literal(true),
    result,
    errors: z.array(restErrorSchema).max(0),
    messages: messagesSchema,
  });
}

/** The page of a list. */
export const resultInfoSchema = z
  .object({
    page: z.int(),
    per_page: z.int(),
    count: z.int().describe("How many are on this page."),
    total_count: z.int(),
    total_pages: z.int(),
  })
  .openapi("ResultInfo");

export type ResultInfo = z.infer<typeof resultInfoSchema>;

/** The answers of a REST route, for its declaration. */
export function restResponses<T extends z.ZodType>(description: string, result: T) {
  return { 200: json(description, restSuccessSchema(result)), ...commonFailures };
}

/** The same for a list. */
export function restListResponses<T extends z.ZodType>(description: string, item: T) {
  const schema = restSuccessSchema(z.array(item)).extend({ result_info: resultInfoSchema });
  return { 200: json(description, schema), ...commonFailures };
}

/** The body of an answer that tells a success. */
export function restSuccess<T>(result: T) {
  return { success: true as const, result, errors: [], messages: [] };
}

/** The answer of a request that failed. */
export function restFailure({ status, code, message, entry, result }: RestError): Response {
  const errors = [{ code, message, ...(entry && { error: entry }) }];
  return Response.json(
    { success: false, result, errors, messages: [] },
    { status, headers: headersOfFailure(status, code) },
  );
}

/** The failures of a route that says for itself which it has. */
export function restFailureResponses<Status extends keyof typeof restFailures>(...statuses: Status[]) {
  return Object.fromEntries(statuses.map((status) => [status, restFailures[status]])) as Pick<
    typeof restFailures,
    Status
  >;
}

/** `message` is an example. */
function failure(description: string, code: number, message: string) {
  const example = { success: false, result: [], errors: [{ code, message }], messages: [] };
  return json(description, restFailureSchema, example);
}

const unknownOutcome =
  "Something failed on the way to the database. Whether the call took effect is unknown.";

const restFailures = {
  400: failure(
    "The request is wrong (7400), or the database refused the SQL (7500).",
    7500,
    "no such table: missing: SQLITE_ERROR",
  ),
  401: failure("No token was sent, or a wrong one.", 10000, "The API token is wrong."),
  403: failure(
    "The token or URL does not permit it (10000), or the account is another one (7403).",
    7403,
    "The given account is not valid or is not authorized to access this service.",
  ),
  404: failure("There is no such thing.", 7404, "The database x could not be found"),
  409: failure("Another import or export is running.", 7500, "Another import into this database is running."),
  411: failure("The length was not told.", 7400, "Send the file with its Content-Length."),
  413: failure("The body is too large.", 7400, "The body is larger than 1000000 bytes."),
  429: failure(
    "The database is busy. Nothing was done; `Retry-After` says when to try again.",
    7429,
    "The database has too many requests waiting. Try again later.",
  ),
  500: failure("Something failed on the way to the database.", 7500, unknownOutcome),
  501: failure(
    "The Worker lacks a binding that this needs, or the platform cannot do it.",
    7500,
    "This needs the binding CATALOG, which the Worker does not have.",
  ),
};

/** The failures of a route that calls a procedure: whose error may have a status of its own. */
export const procedureFailures = {
  "4XX": failure("The procedure threw or returned an error.", 7500, "Only 2 of socks left"),
  "5XX": failure(
    "The procedure has misused the database, or took too long.",
    7500,
    "The transaction took longer than 10000 ms.",
  ),
};

const commonFailures = restFailureResponses(400, 401, 403, 404, 413, 429, 500, 501);

function json<T extends z.ZodType>(description: string, schema: T, example?: unknown) {
  return {
    description,
    content: { "application/json": { schema, ...(example !== undefined && { example }) } },
  };
}
