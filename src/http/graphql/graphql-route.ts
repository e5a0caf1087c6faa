import { z } from "@hono/zod-openapi";
import { jsonBody } from "../d1-rest/json-body.ts";
import { restFailureResponses, restFailureSchema } from "../d1-rest/rest-envelope.ts";
import { restPrefix } from "../d1-rest/rest-paths.ts";
import { type HttpApp, httpRoute } from "../http-route.ts";
import { AnalyticsContext } from "./analytics-context.ts";
import { answerQuery } from "./answer-query.ts";

const requestSchema = z
  .object({
    query: z.string().openapi({
      example:
        "query ($account: string) { viewer { accounts(filter: { accountTag: $account }) { d1QueriesAdaptiveGroups(limit: 5, orderBy: [sum_queryDurationMs_DESC]) { count sum { queryDurationMs } dimensions { query } } } } }",
    }),
    variables: z.record(z.string(), z.unknown()).nullish(),
    operationName: z.string().nullish(),
  })
  .openapi("GraphqlRequest");

const answerSchema = z
  .object({
    data: z.record(z.string(), z.unknown()).nullable(),
    errors: z
      .array(
        z.object({
          message: z.string(),
          locations: z.array(z.object({ line: z.int(), column: z.int() })).optional(),
          path: z.array(z.union([z.string(), z.int()])).optional(),
          extensions: z.object({ code: z.string().optional() }).optional(),
        }),
      )
      .nullable(),
  })
  .openapi("GraphqlAnswer");

function answer<T extends z.ZodType>(description: string, schema: T) {
  return { description, content: { "application/json": { schema } } };
}

const graphql = httpRoute("read-only", {
  method: "post",
  path: `${restPrefix}/graphql`,
  operationId: "queryAnalytics",
  summary: "What ran, and what it cost: the D1 datasets of Cloudflare's GraphQL Analytics API",
  tags: ["Insights"],
  request: { body: jsonBody(requestSchema) },
  responses: {
    ...restFailureResponses(401, 413),
    200: answer("The query was executed; `errors` tells what failed in it.", answerSchema),
    400: answer(
      "The query is not valid; or the body is not, which is told as everywhere else.",
      z.union([answerSchema, restFailureSchema]),
    ),
  },
});

/** Adds the route that `wrangler d1 info` and `wrangler d1 insights` ask for numbers. */
export function addGraphqlRoute(app: HttpApp): void {
  app.openapi(graphql, async (c) => {
    const { executed, answer } = await answerQuery(c.req.valid("json"), new AnalyticsContext(c.env));
    return c.json(answer, executed ? 200 : 400);
  });
}
