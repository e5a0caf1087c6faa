import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, Hono } from "hono";
import { DatabaseError } from "../errors.ts";
import { requireAccess, requireToken } from "./access/require-access.ts";
import { addAccountRoutes } from "./d1-rest/account-routes.ts";
import { addBackupRoutes } from "./d1-rest/backup-routes.ts";
import { addDatabaseRoutes } from "./d1-rest/database-routes.ts";
import { addExportRoute } from "./d1-rest/export-route.ts";
import { addImportRoute } from "./d1-rest/import-route.ts";
import { addDatabaseProcedureRoute } from "./d1-rest/procedure-route.ts";
import { addQueryRoutes } from "./d1-rest/query-routes.ts";
import { accountRoutes, requireAccount } from "./d1-rest/require-account.ts";
import { restFailure } from "./d1-rest/rest-envelope.ts";
import { RestError, toRestError } from "./d1-rest/rest-error.ts";
import { restPrefix } from "./d1-rest/rest-paths.ts";
import { addRestoreRoute } from "./d1-rest/restore-route.ts";
import { addTimeTravelRoutes } from "./d1-rest/time-travel-routes.ts";
import { failureResponse } from "./envelope.ts";
import { originOfThrown, reportError } from "./error-report.ts";
import { addGraphqlRoute } from "./graphql/graphql-route.ts";
import { addHealthRoute } from "./health-route.ts";
import type { HttpContext, HttpEnv } from "./http-env.ts";
import type { HttpApp } from "./http-route.ts";
import { refuseInvalid } from "./json-request.ts";
import { addOpenApiRoutes } from "./openapi/openapi-routes.ts";
import { ClientGone, ProcedureFailure } from "./procedures/call-procedure.ts";
import { addProcedureRoute } from "./procedures/procedure-route.ts";
import { addFileRoutes } from "./signed-files/file-routes.ts";

export type { HttpEnv } from "./http-env.ts";

/**
 * Makes the HTTP API: `GET /health`, `POST /procedures/:name`, D1's REST API below `/client/v4/`, and the OpenAPI
 * document of it all at `/openapi.json`, shown at `/reference`. Everything that touches a database requires the
 * bearer token `API_TOKEN`, or a URL that was signed with it.
 *
 * Routes that are added to it ask for that token too, and not for the read-only one.
 *
 * Export only its `fetch`: over a service binding every method of a default export can be called by name.
 *
 * @example
 * export default { fetch: createHttpApp().fetch };
 */
export function createHttpApp(): Hono<{ Bindings: HttpEnv }> {
  const app: HttpApp = new OpenAPIHono<HttpContext>({ defaultHook: refuseInvalid });

  addHealthRoute(app);
  addOpenApiRoutes(app);
  addFileRoutes(app);

  // Everything declared from here on, unknown paths included, is behind the token.
  app.use("*", requireToken);
  app.use(accountRoutes, requireAccount);

  addProcedureRoute(app);
  addAccountRoutes(app);
  addDatabaseRoutes(app);
  addQueryRoutes(app);
  addImportRoute(app);
  addExportRoute(app);
  addTimeTravelRoutes(app);
  addBackupRoutes(app);
  addRestoreRoute(app);
  addDatabaseProcedureRoute(app);
  addGraphqlRoute(app);

  // What a deployer adds to the app may write: the read-only token does not reach it.
  app.use("*", requireAccess("full"));

  app.notFound((c) =>
    answerError(c, new DatabaseError("NOT_FOUND", `No route ${c.req.method} ${c.req.path}`)),
  );
  app.onError((error, c) => answerError(c, error));
  return app as unknown as Hono<{ Bindings: HttpEnv }>;
}

function answerError(c: Context, error: unknown): Response {
  if (error instanceof ClientGone) return new Response(null, { status: 499 });
  if (c.req.path.startsWith(`${restPrefix}/`) || error instanceof RestError) {
    return restFailure(toRestError(error));
  }
  return error instanceof ProcedureFailure
    ? failureResponse(error.report, error.beside)
    : failureResponse(reportError(error, originOfThrown(error)));
}
