import { defaultDatabaseName } from "../../client/connect.ts";
import { DatabaseLink } from "../../client/database-link.ts";
import { toD1Result } from "../../d1/prepared-statement.ts";
import { toSqlValue } from "../../d1/values.ts";
import { messageOf } from "../../errors.ts";
import type { QueryResponse, SqlValue } from "../../protocol.ts";
import type { HttpEnv } from "../http-env.ts";
import { readJsonBody } from "../request-body.ts";
import { restSuccess } from "./rest-envelope.ts";
import { RestError } from "./rest-error.ts";

/** The account that the routes answer to unless ACCOUNT_ID says otherwise. */
const defaultAccountId = "local";

/** The parameters of the route's path. */
export interface DatabasePath {
  account: string;
  database: string;
}

/**
 * `POST .../d1/database/:database/query`: `{ sql }` runs any number of statements as one transaction,
 * `{ sql, params }` exactly one. D1's own route, so that its tools work: migrations are sent this way.
 *
 * @throws RestError 7400, 7403, 7404 for a wrong request; whatever the database raises.
 */
export async function queryDatabase(request: Request, path: DatabasePath, env: HttpEnv): Promise<Response> {
  requireDatabase(path, env);
  const { sql, params } = readQuery(await readJsonBody(request));
  const link = new DatabaseLink(env.DB, defaultDatabaseName);
  const { results }: QueryResponse = await (params.length === 0
    ? link.script(sql)
    : link.query({ queries: [{ sql, params }] }));
  return restSuccess(results.queryResults.map((result) => toD1Result(result)));
}

function requireDatabase({ account, database }: DatabasePath, env: HttpEnv): void {
  if (account !== (env.ACCOUNT_ID ?? defaultAccountId)) {
    throw new RestError(
      403,
      7403,
      "The given account is not valid or is not authorized to access this service.",
    );
  }
  if (database !== env.DATABASE_ID && database !== env.DATABASE_NAME) {
    throw new RestError(404, 7404, `The database ${database} could not be found`);
  }
}

function readQuery(body: unknown): { sql: string; params: SqlValue[] } {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new RestError(400, 7400, "The body must be an object: { sql, params? }.");
  }
  const { sql, params = [] } = body as { sql?: unknown; params?: unknown };
  if (typeof sql !== "string") throw new RestError(400, 7400, "The property 'sql' must be a string.");
  if (!Array.isArray(params)) throw new RestError(400, 7400, "The property 'params' must be an array.");
  return { sql, params: params.map(readParam) };
}

function readParam(value: unknown, index: number): SqlValue {
  try {
    return toSqlValue(value);
  } catch (error) {
    throw new RestError(400, 7400, `The property 'params[${index}]' cannot be bound. ${messageOf(error)}`);
  }
}
