import type { HttpApp } from "../http-route.ts";
import { bearerScheme } from "../http-route.ts";

type OpenApiDocument = ReturnType<HttpApp["getOpenAPI31Document"]>;

/** The OpenAPI 3.1 document of all routes of the app. */
export function openApiDocument(app: HttpApp): OpenApiDocument {
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "d1-procedures",
      version: "0.1.0",
      description:
        "D1's REST API, and procedures that run beside the data. Everything below /client/v4 is what Cloudflare's tools call for a D1 database, with Cloudflare's envelope and codes: " +
        "`CLOUDFLARE_API_BASE_URL=<this server>/client/v4` makes wrangler a client of it.",
      license: { name: "MIT" },
    },
    servers: [{ url: "/" }],
  });
  return {
    ...document,
    components: {
      ...document.components,
      securitySchemes: {
        [bearerScheme]: {
          type: "http",
          scheme: "bearer",
          description: "The secret API_TOKEN. For what only reads, API_TOKEN_READ_ONLY will do.",
        },
      },
    },
  };
}
