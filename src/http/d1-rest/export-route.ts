import { z } from "@hono/zod-openapi";
import type { DumpOptions } from "../../admin-protocol.ts";
import { newExportKey } from "../../dump-files.ts";
import { DatabaseDirectory } from "../databases/database-directory.ts";
import { requireCatalog, requireDumps } from "../databases/required-bindings.ts";
import { type HttpApp, httpRoute } from "../http-route.ts";
import { UrlSigner } from "../signed-files/signed-url.ts";
import { jsonBody } from "./json-body.ts";
import { restFailureResponses, restResponses, restSuccess } from "./rest-envelope.ts";
import { databaseParams, databasePath } from "./rest-paths.ts";
import { transferAnswer } from "./transfer-answer.ts";
import { currentBookmarkSchema, transferSchema } from "./transfer-schemas.ts";

const dumpOptionsSchema = z
  .object({
    no_schema: z.boolean().default(false).describe("Only rows."),
    no_data: z.boolean().default(false).describe("Only the schema."),
    tables: z.array(z.string()).default([]).describe("Only these tables. Empty: everything."),
  })
  .refine(({ no_schema, no_data }) => !(no_schema && no_data), {
    path: ["no_data"],
    error: "with no_schema as well nothing would be left",
  })
  .openapi("DumpOptions");

const exportSchema = z
  .object({
    output_format: z.literal("polling"),
    dump_options: dumpOptionsSchema.optional(),
    current_bookmark: currentBookmarkSchema
      .optional()
      .describe("Of the export to poll. Without it a new one starts."),
  })
  .openapi("Export");

const exportStatusSchema = transferSchema(
  "export",
  z.object({
    filename: z.string(),
    signed_url: z.url().describe("GET the file there, within an hour."),
    bookmark: z.string().describe("The state of the database that the file has. D1 does not tell it."),
    taken_at: z.iso.datetime().describe("When the database had that state. D1 does not tell it."),
    tables: z
      .array(z.object({ name: z.string(), rows: z.int() }))
      .describe("The tables whose rows the file has. D1 does not tell them."),
  }),
).openapi("ExportStatus");

const exportFile = httpRoute("read-only", {
  method: "post",
  path: `${databasePath}/export`,
  operationId: "exportFile",
  summary: "Export the database as an SQL file",
  description:
    "Starts an export, or with current_bookmark tells how far it is: it answers when that has changed or after some seconds. " +
    "The file has one committed state; reads go on meanwhile, and writes wait for its end.",
  tags: ["Import and export"],
  request: { params: databaseParams, body: jsonBody(exportSchema) },
  responses: {
    ...restResponses("How far the export is.", exportStatusSchema),
    ...restFailureResponses(409),
  },
});

/** Adds the route of `wrangler d1 export`. */
export function addExportRoute(app: HttpApp): void {
  app.openapi(exportFile, async (c) => {
    const { current_bookmark, dump_options } = c.req.valid("json");
    const { uuid, name, admin } = await new DatabaseDirectory(c.env).find(c.req.valid("param").database);
    requireDumps(c.env);
    await requireCatalog(c.env).sweepLater();
    const transfer =
      current_bookmark === undefined
        ? await admin.startExport(newExportKey(uuid), toDumpOptions(dump_options))
        : await admin.pollExport(current_bookmark);
    const answer = await transferAnswer("export", transfer, async ({ key, bookmark, takenAtMs, tables }) => {
      const filename = `${name}.sql`;
      // API_TOKEN is there, or nobody would have come this far.
      const signer = new UrlSigner(c.env.API_TOKEN!);
      const signed_url = await signer.sign({ method: "GET", key, filename }, new URL(c.req.url).origin);
      return { filename, signed_url, bookmark, taken_at: new Date(takenAtMs).toISOString(), tables };
    });
    return c.json(restSuccess(answer), 200);
  });
}

function toDumpOptions(options: z.infer<typeof dumpOptionsSchema> | undefined): DumpOptions {
  if (options === undefined) return {};
  const { no_schema, no_data, tables } = options;
  return { noSchema: no_schema, noData: no_data, tables };
}
