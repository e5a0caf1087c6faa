import { z } from "@hono/zod-openapi";
import { restFailureResponses } from "../d1-rest/rest-envelope.ts";
import { RestError } from "../d1-rest/rest-error.ts";
import { requireCatalog, requireDumps } from "../databases/required-bindings.ts";
import type { HttpEnv } from "../http-env.ts";
import { type HttpApp, httpRoute } from "../http-route.ts";
import { type Grant, signedFilesPath, UrlSigner } from "./signed-url.ts";
import { storeUpload } from "./upload.ts";

const path = `${signedFilesPath}/{signed}` as const;
const params = z.object({
  signed: z.string().openapi({ description: "What the URL permits, and its signature." }),
});
const description = "The URL comes from an import or an export, works for an hour, and needs no token.";
const tags = ["Import and export"];

const uploadFile = httpRoute("none", {
  method: "put",
  path,
  operationId: "uploadFile",
  summary: "Upload the SQL file of an import",
  description,
  tags,
  request: { params, body: { content: { "application/sql": { schema: z.string() } } } },
  responses: {
    200: {
      description: "It is stored.",
      headers: { ETag: { schema: { type: "string" }, description: "Its MD5." } },
    },
    ...restFailureResponses(400, 403, 411, 413),
  },
});

const downloadFile = httpRoute("none", {
  method: "get",
  path,
  operationId: "downloadFile",
  summary: "Download the SQL file of an export",
  description,
  tags,
  request: { params },
  responses: {
    200: { description: "The file.", content: { "application/sql": { schema: z.string() } } },
    ...restFailureResponses(403, 404),
  },
});

/** Adds the routes of the signed URLs, which are their own permission. */
export function addFileRoutes(app: HttpApp): void {
  app.openapi(uploadFile, async (c) => {
    const { key } = await verify(c.req.valid("param").signed, "PUT", c.env);
    const md5 = /([0-9a-f]{32})\.sql$/.exec(key)![1]!;
    await storeUpload(requireDumps(c.env), key, md5, c.req.raw);
    // Only now does it have to be deleted some day.
    await requireCatalog(c.env).sweepLater();
    return c.body(null, 200, { etag: `"${md5}"` });
  });

  app.openapi(downloadFile, async (c) => {
    const { key, filename } = await verify(c.req.valid("param").signed, "GET", c.env);
    const file = await requireDumps(c.env).get(key);
    if (file === null) throw new RestError(404, 7400, "The file is no longer there. Start a new export.");
    return c.body(file.body, 200, {
      "content-type": "application/sql; charset=utf-8",
      "content-length": String(file.size),
      "content-disposition": `attachment; filename="${filename}"`,
      etag: file.httpEtag,
      // It may hold anything that its database held.
      "cache-control": "private, no-store",
      "x-content-type-options": "nosniff",
    });
  });
}

async function verify(signed: string, method: Grant["method"], { API_TOKEN }: HttpEnv): Promise<Grant> {
  // Without a token the API is closed: there was nothing to sign with.
  if (!API_TOKEN) throw new RestError(403, 10000, "Authentication error: no API token is configured.");
  return new UrlSigner(API_TOKEN).verify(signed, method);
}
