import { z } from "@hono/zod-openapi";

/** How far an import or export is, as D1 tells it. `success` is about the request: what became of the rest is `status`. */
export function transferSchema<T extends z.ZodType>(type: "import" | "export", result: T) {
  return z.object({
    success: z.literal(true),
    type: z.literal(type),
    status: z.enum(["active", "complete", "error"]),
    at_bookmark: z.string().describe("For the next poll: send it as current_bookmark."),
    messages: z.array(z.string()),
    error: z.string().optional().describe("Why it failed, with the status error."),
    errors: z.array(z.string()).optional(),
    result: result.optional().describe("With the status complete."),
  });
}

/** The id of an import or export, which D1 calls a bookmark. */
export const currentBookmarkSchema = z.string().min(1).max(200);
