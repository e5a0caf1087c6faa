import { z } from "@hono/zod-openapi";
import { type HttpApp, httpRoute } from "./http-route.ts";

const health = httpRoute("none", {
  method: "get",
  path: "/health",
  operationId: "getHealth",
  summary: "Whether the Worker answers",
  tags: ["About"],
  responses: {
    200: {
      description: "It does.",
      content: {
        "application/json": {
          schema: z.object({
            success: z.literal(true),
            result: z.object({ status: z.literal("ok") }),
            errors: z.array(z.unknown()).max(0),
          }),
        },
      },
    },
  },
});

/** Adds `GET /health`, which asks no database. */
export function addHealthRoute(app: HttpApp): void {
  app.openapi(health, (c) =>
    c.json({ success: true as const, result: { status: "ok" as const }, errors: [] }, 200),
  );
}
