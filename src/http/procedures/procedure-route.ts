import { z } from "@hono/zod-openapi";
import { defaultDatabaseName } from "../../client/connect.ts";
import { DatabaseLink } from "../../client/database-link.ts";
import { type HttpApp, httpRoute } from "../http-route.ts";
import { callProcedure } from "./call-procedure.ts";
import { argumentsSchema, procedureName, procedureResult } from "./procedure-schemas.ts";

const errorSchema = z
  .looseObject({ code: z.union([z.string(), z.number()]), name: z.string(), message: z.string() })
  .openapi("ProcedureError", { description: "The error, with its own properties." });

const failureSchema = z
  .object({
    success: z.literal(false),
    result: z.unknown().openapi({ description: "What the procedure returned beside its error, or null." }),
    errors: z.array(errorSchema).min(1),
  })
  .openapi("ProcedureFailure");

const procedure = httpRoute("full", {
  method: "post",
  path: "/procedures/{name}",
  operationId: "callProcedure",
  summary: "Call a procedure of the configured database",
  description: "When the client goes away the procedure is cancelled, and what it has open is rolled back.",
  tags: ["Procedures"],
  request: {
    params: z.object({ name: procedureName }),
    body: { required: true, content: { "application/json": { schema: argumentsSchema } } },
  },
  responses: {
    200: {
      description: "It returned.",
      content: {
        "application/json": {
          schema: z.object({
            success: z.literal(true),
            result: procedureResult,
            errors: z.array(errorSchema).max(0),
          }),
        },
      },
    },
    "4XX": failure("The procedure threw or returned an error, or the request is wrong.", {
      code: "OUT_OF_STOCK",
      name: "OutOfStockError",
      message: "Only 2 of socks left",
    }),
    "5XX": failure("The database failed, or the procedure has misused it.", {
      code: "TRANSACTION_TIMEOUT",
      name: "DatabaseError",
      message: "The transaction took longer than 10000 ms.",
    }),
  },
});

/** Adds `POST /procedures/:name`. */
export function addProcedureRoute(app: HttpApp): void {
  app.openapi(procedure, async (c) => {
    const link = new DatabaseLink(c.env.DB, defaultDatabaseName);
    const { name } = c.req.valid("param");
    const result = await callProcedure(link, name, c.req.valid("json"), c.var.clientSignal, c.executionCtx);
    return c.json({ success: true as const, result, errors: [] }, 200);
  });
}

function failure(description: string, error: z.infer<typeof failureSchema>["errors"][number]) {
  const example = { success: false, result: null, errors: [error] };
  return { description, content: { "application/json": { schema: failureSchema, example } } };
}
