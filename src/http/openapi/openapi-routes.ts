import { z } from "@hono/zod-openapi";
import { Scalar } from "@scalar/hono-api-reference";
import { type HttpApp, httpRoute } from "../http-route.ts";
import { openApiDocument } from "./openapi-document.ts";

/** Where the OpenAPI document is. */
const documentPath = "/openapi.json";

/** Pinned: whatever is served there runs in the reference's page, in which a reader may put a token. */
const scalarScript = "https://cdn.jsdelivr.net/npm/@scalar/api-reference@1.72.1";

const tags = ["About"];

const getDocument = httpRoute("none", {
  method: "get",
  path: documentPath,
  operationId: "getOpenApiDocument",
  summary: "This document",
  tags,
  responses: {
    200: {
      description: "OpenAPI 3.1.",
      content: { "application/json": { schema: z.looseObject({ openapi: z.string() }) } },
    },
  },
});

const getReference = httpRoute("none", {
  method: "get",
  path: "/reference",
  operationId: "getReference",
  summary: "This document as a page",
  tags,
  responses: { 200: { description: "A page.", content: { "text/html": { schema: z.string() } } } },
});

/**
 * Adds the document of the whole API and a page that shows it. They are open: both are the same for every deployment,
 * and tell nothing of what is in it, neither databases nor procedures.
 */
export function addOpenApiRoutes(app: HttpApp): void {
  // Made on demand: the routes that are added after this one belong to it, too.
  app.openapi(getDocument, (c) => c.json({ ...openApiDocument(app) }, 200));

  app.openAPIRegistry.registerPath(getReference);
  app.get(
    getReference.getRoutingPath(),
    Scalar({
      url: documentPath,
      cdn: scalarScript,
      pageTitle: "d1-procedures",
      // Nothing of the page's reader goes to anybody else.
      telemetry: false,
      withDefaultFonts: false,
    }),
  );
}
