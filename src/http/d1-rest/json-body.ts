import type { z } from "@hono/zod-openapi";

/** A JSON body that must be there, for a route's declaration. */
export function jsonBody<T extends z.ZodType>(schema: T) {
  return { required: true, content: { "application/json": { schema } } };
}
