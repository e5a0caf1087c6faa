import { type Context, Hono } from "hono";
import { DatabaseError } from "../errors.ts";
import { requireBearerToken } from "./bearer-token.ts";
import { queryDatabase } from "./d1-rest/query-route.ts";
import { restFailure } from "./d1-rest/rest-envelope.ts";
import { toRestError } from "./d1-rest/rest-error.ts";
import { failureResponse, successResponse } from "./envelope.ts";
import { originOfThrown, reportError } from "./error-report.ts";
import type { HttpEnv } from "./http-env.ts";
import { callProcedure } from "./procedures-route.ts";

export type { HttpEnv } from "./http-env.ts";

/** Below this path answers have Cloudflare's envelope, because Cloudflare's tools read them. */
const restPrefix = "/client/v4/";

/**
 * Makes the HTTP API: `GET /health`, `POST /procedures/:name`, and D1's REST API below `/client/v4/`.
 * Everything except the health check requires the bearer token `API_TOKEN`.
 *
 * Export only its `fetch`: over a service binding every method of a default export can be called by name.
 *
 * @example
 * export default { fetch: createHttpApp().fetch };
 */
export function createHttpApp(): Hono<{ Bindings: HttpEnv }> {
  const app = new Hono<{ Bindings: HttpEnv }>();

  app.get("/health", () => successResponse({ status: "ok" }));

  // Everything declared from here on, unknown paths included, is behind the token.
  app.use("*", async (c, next) => {
    await requireBearerToken(c.req.header("authorization"), c.env.API_TOKEN);
    await next();
  });

  app.post("/procedures/:name", (c) => callProcedure(c.req.raw, c.req.param("name"), c.env, c.executionCtx));
  app.post(`${restPrefix}accounts/:account/d1/database/:database/query`, (c) =>
    queryDatabase(c.req.raw, c.req.param(), c.env),
  );

  app.notFound((c) =>
    answerError(c, new DatabaseError("NOT_FOUND", `No route ${c.req.method} ${c.req.path}`)),
  );
  app.onError((error, c) => answerError(c, error));
  return app;
}

function answerError(c: Context, error: unknown): Response {
  return c.req.path.startsWith(restPrefix)
    ? restFailure(toRestError(error))
    : failureResponse(reportError(error, originOfThrown(error)));
}
