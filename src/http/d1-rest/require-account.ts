import type { MiddlewareHandler } from "hono";
import { accountIdOf, type HttpContext } from "../http-env.ts";
import { RestError } from "./rest-error.ts";
import { restPrefix } from "./rest-paths.ts";

/** The routes of an account. */
export const accountRoutes = `${restPrefix}/accounts/:account/*`;

/** Lets requests to the Worker's own account through. */
export const requireAccount: MiddlewareHandler<HttpContext> = async (c, next) => {
  if (c.req.param("account") !== accountIdOf(c.env)) {
    throw new RestError(
      403,
      7403,
      "The given account is not valid or is not authorized to access this service.",
    );
  }
  await next();
};
