import { DatabaseDirectory } from "../databases/database-directory.ts";
import { type HttpApp, httpRoute } from "../http-route.ts";
import { callProcedure } from "../procedures/call-procedure.ts";
import { argumentsSchema, procedureName, procedureResult } from "../procedures/procedure-schemas.ts";
import { jsonBody } from "./json-body.ts";
import { procedureFailures, restResponses, restSuccess } from "./rest-envelope.ts";
import { databaseParams, databasePath } from "./rest-paths.ts";

const procedure = httpRoute("full", {
  method: "post",
  path: `${databasePath}/procedures/{name}`,
  operationId: "callDatabaseProcedure",
  summary: "Call a procedure of a database",
  description: "When the client goes away the procedure is cancelled, and what it has open is rolled back.",
  tags: ["Procedures"],
  request: { params: databaseParams.extend({ name: procedureName }), body: jsonBody(argumentsSchema) },
  responses: { ...restResponses("It returned.", procedureResult), ...procedureFailures },
});

/** Adds what D1 does not have: a procedure of any database, in Cloudflare's envelope. */
export function addDatabaseProcedureRoute(app: HttpApp): void {
  app.openapi(procedure, async (c) => {
    const { database, name } = c.req.valid("param");
    const { link } = await new DatabaseDirectory(c.env).find(database);
    const result = await callProcedure(link, name, c.req.valid("json"), c.var.clientSignal, c.executionCtx);
    return c.json(restSuccess(result), 200);
  });
}
