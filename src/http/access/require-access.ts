import type { MiddlewareHandler } from "hono";
import { DatabaseError } from "../../errors.ts";
import type { HttpContext } from "../http-env.ts";
import { type Access, authenticate } from "./api-token.ts";

/** Lets nobody through who has no token, and notes what the token permits. */
export const requireToken: MiddlewareHandler<HttpContext> = async (c, next) => {
  c.set("access", await authenticate(c.req.header("authorization"), c.env));
  await next();
};

/** Lets those through whose token permits as much. */
export function requireAccess(needed: Access): MiddlewareHandler<HttpContext> {
  return async (c, next) => {
    if (needed === "full" && c.var.access !== "full") {
      throw new DatabaseError(
        "READ_ONLY",
        "Authentication error: this token may only read. Nothing was done. Use the full one, the secret API_TOKEN.",
      );
    }
    await next();
  };
}
