import { createRoute, type OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { Access } from "./access/api-token.ts";
import { requireAccess } from "./access/require-access.ts";
import type { HttpContext } from "./http-env.ts";
import { jsonRequest } from "./json-request.ts";

/** The HTTP API under construction: routes are added to it. */
export type HttpApp = OpenAPIHono<HttpContext>;

/** What a route says of itself: where it is, what it takes and what it answers. */
type Declaration = Omit<RouteConfig, "middleware" | "security"> & {
  /** Unique among all routes. Generated clients name their methods by it. */
  operationId: string;
  summary: string;
  tags: string[];
};

/** The name of the bearer token in the OpenAPI document. */
export const bearerScheme = "bearerToken";

/**
 * Declares a route, once for its validation and for the OpenAPI document.
 *
 * @param access What a token must permit. `"none"`: the route is declared before the token is asked for.
 */
export function httpRoute<P extends string, R extends Declaration & { path: P }>(
  access: Access | "none",
  declaration: R,
) {
  const middleware: MiddlewareHandler<HttpContext>[] = [];
  if (access !== "none") middleware.push(requireAccess(access));
  const body = declaration.request?.body;
  if (body?.content["application/json"] !== undefined) middleware.push(jsonRequest(body.required === false));
  // Since OpenAPI 3.1 the list may have roles, whatever the scheme.
  const security = access === "none" ? [] : [{ [bearerScheme]: [access] }];
  return Object.assign(createRoute<P, R>(declaration), { middleware, security });
}
