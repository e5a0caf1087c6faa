import { z } from "@hono/zod-openapi";
import type { ImportResult, TransferStatus } from "../../admin-protocol.ts";
import { importKey } from "../../dump-files.ts";
import { importRunning } from "../../errors.ts";
import { signedUrlTtlMs, uploadTtlMs } from "../../limits.ts";
import { servedBy } from "../../protocol.ts";
import { DatabaseDirectory, type KnownDatabase } from "../databases/database-directory.ts";
import { requireCatalog, requireDumps } from "../databases/required-bindings.ts";
import type { HttpEnv } from "../http-env.ts";
import { type HttpApp, httpRoute } from "../http-route.ts";
import { UrlSigner } from "../signed-files/signed-url.ts";
import { jsonBody } from "./json-body.ts";
import { restFailureResponses, restResponses, restSuccess } from "./rest-envelope.ts";
import { invalidProperty } from "./rest-error.ts";
import { databaseParams, databasePath } from "./rest-paths.ts";
import { transferAnswer } from "./transfer-answer.ts";
import { currentBookmarkSchema, transferSchema } from "./transfer-schemas.ts";

const etagSchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/i, { error: "it must be the MD5 of the file, as 32 hex digits" })
  .transform((etag) => etag.toLowerCase())
  .openapi({
    type: "string",
    pattern: "^[0-9a-fA-F]{32}$",
    description: "The MD5 of the file.",
    example: "d41d8cd98f00b204e9800998ecf8427e",
  });

const importSchema = z
  .discriminatedUnion("action", [
    z.object({ action: z.literal("init"), etag: etagSchema }),
    z.object({ action: z.literal("ingest"), etag: etagSchema, filename: z.string() }),
    z.object({ action: z.literal("poll"), current_bookmark: currentBookmarkSchema }),
  ])
  .openapi("Import");

const uploadSchema = z
  .object({
    upload_url: z.url().describe("PUT the file there, with its Content-Length."),
    filename: z.string().describe("For ingest."),
  })
  .openapi("Upload");

const importStatusSchema = transferSchema(
  "import",
  z.object({
    num_queries: z.int(),
    final_bookmark: z.string(),
    meta: z.object({
      served_by: z.string(),
      duration: z.number().describe("In milliseconds."),
      changes: z.int(),
      changed_db: z.boolean(),
      size_after: z.int().describe("Bytes of the database."),
      rows_read: z.int(),
      rows_written: z.int(),
    }),
  }),
).openapi("ImportStatus");

const importFile = httpRoute("full", {
  method: "post",
  path: `${databasePath}/import`,
  operationId: "importFile",
  summary: "Import an SQL file, all or nothing",
  description:
    "`init` gives a URL for the upload, unless the file is there already: then the import starts at once. `ingest` starts it. " +
    "`poll` tells how far it is, and answers when that has changed or after some seconds.",
  tags: ["Import and export"],
  request: { params: databaseParams, body: jsonBody(importSchema) },
  responses: {
    ...restResponses(
      "Where to upload the file, or how far the import is.",
      z.union([uploadSchema, importStatusSchema]),
    ),
    ...restFailureResponses(409),
  },
});

/** Adds the route of `wrangler d1 execute --file`. */
export function addImportRoute(app: HttpApp): void {
  app.openapi(importFile, async (c) => {
    const body = c.req.valid("json");
    const database = await new DatabaseDirectory(c.env).find(c.req.valid("param").database);
    switch (body.action) {
      case "init": {
        const key = importKey(database.uuid, body.etag);
        if (await isUploaded(key, c.env)) {
          return c.json(restSuccess(await importAnswer(await startImport(database, key, c.env))), 200);
        }
        const grant = { method: "PUT", key, filename: filenameOf(database, body.etag) } as const;
        await requireCatalog(c.env).sweepLater();
        // API_TOKEN is there, or nobody would have come this far.
        const upload_url = await new UrlSigner(c.env.API_TOKEN!).sign(grant, new URL(c.req.url).origin);
        return c.json(restSuccess({ upload_url, filename: grant.filename }), 200);
      }
      case "ingest": {
        if (body.filename !== filenameOf(database, body.etag)) {
          throw invalidProperty(
            "filename",
            "it is not the one that init has given for this database and etag",
          );
        }
        const key = importKey(database.uuid, body.etag);
        if (!(await isUploaded(key, c.env))) {
          throw invalidProperty("etag", "no file of that MD5 is uploaded. Begin with the action init");
        }
        return c.json(restSuccess(await importAnswer(await startImport(database, key, c.env))), 200);
      }
      case "poll": {
        const transfer = await database.admin.pollImport(body.current_bookmark);
        return c.json(restSuccess(await importAnswer(transfer)), 200);
      }
    }
  });
}

/** @throws DatabaseError IMPORT_RUNNING */
async function startImport(
  { uuid, admin }: KnownDatabase,
  key: string,
  env: HttpEnv,
): Promise<TransferStatus<ImportResult>> {
  const catalog = requireCatalog(env);
  if (!(await catalog.beginImport(uuid))) throw importRunning();
  try {
    return await admin.startImport(key);
  } finally {
    await catalog.endImport(uuid);
  }
}

/** Whether the file is there, and stays for as long as an import may take to begin. */
async function isUploaded(key: string, env: HttpEnv): Promise<boolean> {
  const file = await requireDumps(env).head(key);
  return file !== null && Date.now() < file.uploaded.getTime() + uploadTtlMs - signedUrlTtlMs;
}

function filenameOf({ uuid }: KnownDatabase, etag: string): string {
  return `${uuid}.${etag}.sql`;
}

function importAnswer(transfer: TransferStatus<ImportResult>) {
  return transferAnswer("import", transfer, (result) => ({
    num_queries: result.numQueries,
    final_bookmark: result.finalBookmark,
    meta: {
      served_by: servedBy,
      duration: result.durationMs,
      changes: result.rowsWritten,
      changed_db: result.rowsWritten > 0,
      size_after: result.sizeAfter,
      rows_read: result.rowsRead,
      rows_written: result.rowsWritten,
    },
  }));
}
