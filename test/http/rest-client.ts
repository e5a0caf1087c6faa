import { env } from "cloudflare:workers";
import { send } from "./http-client.ts";

/** D1's databases in the account of test/wrangler.toml. */
export const databasesPath = `/client/v4/accounts/${env.ACCOUNT_ID}/d1/database`;

/** The database that test/wrangler.toml configures. */
export const configuredPath = `${databasesPath}/${env.DATABASE_ID}`;

/** The token in vitest.config.ts that may only read. */
export const readOnlyToken = "read-only-token-of-the-tests";

/** Cloudflare's envelope. */
export interface RestAnswer<T> {
  success: boolean;
  result: T;
  errors: { code: number; message: string; error?: Record<string, unknown> }[];
  messages: string[];
  result_info?: Record<string, number>;
}

/** Sends a request and gives the status, the headers and the envelope of the answer. */
export async function rest<T = unknown>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const response = await send(path, {
    method,
    headers,
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return {
    status: response.status,
    headers: response.headers,
    answer: await response.json<RestAnswer<T>>(),
  };
}

/** The headers of a request with the read-only token. */
export const reading = { authorization: `Bearer ${readOnlyToken}` };

/** A database as the API tells it. */
export interface DatabaseAnswer {
  uuid: string;
  name: string;
  version: string;
  created_at?: string;
  num_tables?: number;
  file_size?: number;
  jurisdiction?: string;
  read_replication: { mode: string };
}

/** Creates a database that must not exist yet. */
export async function createDatabase(name: string): Promise<DatabaseAnswer> {
  const { status, answer } = await rest<DatabaseAnswer>("POST", databasesPath, { name });
  if (status !== 200) throw new Error(JSON.stringify(answer.errors));
  return answer.result;
}

/** Runs SQL in a database and gives the rows of its statements. */
export async function rowsOf(uuid: string, sql: string, params: unknown[] = []): Promise<unknown[][]> {
  const { answer } = await rest<{ results: unknown[] }[]>("POST", `${databasesPath}/${uuid}/query`, {
    sql,
    params,
  });
  if (!answer.success) throw new Error(JSON.stringify(answer.errors));
  return answer.result.map(({ results }) => results);
}
