import { z } from "@hono/zod-openapi";
import { toD1Result } from "../../d1/prepared-statement.ts";
import { fromSqlValue, toSqlValue } from "../../d1/values.ts";
import { DatabaseError, messageOf } from "../../errors.ts";
import { maxBatchStatements, maxBoundParameters } from "../../limits.ts";
import type { QueryResult, SqlValue, StatementMessage } from "../../protocol.ts";
import type { Access } from "../access/api-token.ts";
import { DatabaseDirectory } from "../databases/database-directory.ts";
import type { DatabaseObject } from "../databases/database-object.ts";
import { type HttpApp, httpRoute } from "../http-route.ts";
import { jsonBody } from "./json-body.ts";
import { type Query, queryResultSchema, querySchema, rawResultSchema } from "./query-schemas.ts";
import { restResponses, restSuccess } from "./rest-envelope.ts";
import { invalidProperty } from "./rest-error.ts";
import { databaseParams, databasePath } from "./rest-paths.ts";

const request = { params: databaseParams, body: jsonBody(querySchema) };
const description =
  "All statements of a request are one transaction. With the read-only token a statement that may write is refused.";
const tags = ["Queries"];

const query = httpRoute("read-only", {
  method: "post",
  path: `${databasePath}/query`,
  operationId: "query",
  summary: "Run SQL; rows are objects",
  description,
  tags,
  request,
  responses: restResponses("The result of each statement.", z.array(queryResultSchema)),
});

const raw = httpRoute("read-only", {
  method: "post",
  path: `${databasePath}/raw`,
  operationId: "queryRaw",
  summary: "Run SQL; rows are arrays",
  description,
  tags,
  request,
  responses: restResponses("The result of each statement.", z.array(rawResultSchema)),
});

/** Adds D1's own routes for SQL, so that its tools work: migrations are sent this way. */
export function addQueryRoutes(app: HttpApp): void {
  app.openapi(query, async (c) => {
    const database = await new DatabaseDirectory(c.env).find(c.req.valid("param").database);
    const results = await run(database, c.req.valid("json"), c.var.access);
    return c.json(restSuccess(results.map(toQueryResult)), 200);
  });

  app.openapi(raw, async (c) => {
    const database = await new DatabaseDirectory(c.env).find(c.req.valid("param").database);
    const results = await run(database, c.req.valid("json"), c.var.access);
    return c.json(restSuccess(results.map(toRawResult)), 200);
  });
}

async function run(
  { link }: DatabaseObject,
  { sql, params, batch }: Query,
  access: Access,
): Promise<QueryResult[]> {
  const guard = access === "read-only" ? { readOnly: true as const } : {};
  const { results } =
    sql !== undefined && params.length === 0
      ? await link.script(sql, guard)
      : await link.query({ queries: readStatements(sql, params, batch), ...guard });
  return results.queryResults;
}

function readStatements(
  sql: string | undefined,
  params: unknown[],
  batch: Query["batch"],
): StatementMessage[] {
  if (sql !== undefined) return [{ sql, params: readParams(params, "") }];
  if (batch!.length > maxBatchStatements) {
    throw new DatabaseError(
      "LIMIT_EXCEEDED",
      `A batch has at most ${maxBatchStatements} statements, not ${batch!.length}.`,
    );
  }
  return batch!.map((statement, position) => ({
    sql: statement.sql,
    params: readParams(statement.params, `batch[${position}].`),
  }));
}

/** Here and not in the object alone: millions of values cost it more memory on their way than it may have. */
function readParams(params: readonly unknown[], path: string): SqlValue[] {
  if (params.length > maxBoundParameters) {
    throw new DatabaseError(
      "LIMIT_EXCEEDED",
      `${path}params has ${params.length} values; the limit is ${maxBoundParameters}. Pass a list as one JSON parameter and read it with json_each(?).`,
    );
  }
  return params.map((value, index) => readParam(value, `${path}params[${index}]`));
}

function readParam(value: unknown, name: string): SqlValue {
  try {
    return toSqlValue(value);
  } catch (error) {
    throw invalidProperty(name, `it cannot be bound. ${messageOf(error)}`);
  }
}

function toQueryResult(result: QueryResult) {
  const { results } = toD1Result<Record<string, unknown>>(result);
  return { success: true as const, results, meta: result.meta };
}

function toRawResult({ data, meta }: QueryResult) {
  const { columns, rows } = data;
  return {
    success: true as const,
    results: { columns, rows: rows.map((row) => row.map(fromSqlValue)) },
    meta,
  };
}
