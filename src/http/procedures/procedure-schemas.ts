import { z } from "@hono/zod-openapi";

/** The body of a call. */
export const argumentsSchema = z
  .array(z.unknown(), { error: "it must be an array of the procedure's arguments, [] for none" })
  .openapi("Arguments", { example: [1] });

/** The name in the path of a call. */
export const procedureName = z.string().openapi({
  description: "The procedure's name, `namespace.method` where there are namespaces.",
  example: "Checkout",
});

/** What a procedure may return, as JSON. */
export const procedureResult = z.unknown().openapi({ description: "What the procedure returned." });
