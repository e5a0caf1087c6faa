import { beforeAll, describe, expect, it } from "vitest";
import packageJson from "../../package.json";
import { createHttpApp } from "../../src/http/http-app.ts";
import { operationsOf, problemsOf } from "../support/openapi.ts";
import { send } from "./http-client.ts";
import { reading } from "./rest-client.ts";

type Document = Parameters<typeof problemsOf>[0];

let document: Document;

beforeAll(async () => {
  const response = await send("/openapi.json", { headers: { authorization: "" } });
  expect(response.status).toBe(200);
  document = await response.json<Document>();
});

/** Sends a request to an operation, with something in place of each parameter of the path. */
function request(method: string, path: string, authorization: string) {
  const somewhere = path.replace("{account}", "test-account").replaceAll(/\{\w+\}/g, "x");
  return send(somewhere, { method: method.toUpperCase(), headers: { authorization } });
}

describe("/openapi.json", () => {
  it("is a valid OpenAPI 3.1 document", () => {
    expect(problemsOf(document)).toEqual([]);
  });

  it("would be found out if it were not", () => {
    const broken = structuredClone(document);
    const [first] = operationsOf(broken);
    Object.assign(first!.operation, { operationId: "query", responses: {}, security: [{ nothing: [] }] });
    Object.assign(broken, {
      openapi: "3.0.0",
      paths: { ...(broken.paths as object), "/{a}": { get: { responses: {} } } },
    });
    Object.assign(broken.components as object, {
      schemas: { Database: { $ref: "#/nowhere", nullable: true } },
    });
    expect(problemsOf(broken).length).toBeGreaterThan(6);
  });

  it("lists every route that the app has, and no other", () => {
    const registered = createHttpApp()
      .routes.filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    const listed = operationsOf(document).map(({ method, path }) => `${method} ${path}`);
    expect(new Set(registered)).toEqual(new Set(listed));
    expect(listed.length).toBeGreaterThan(20);
  });

  it("says of every route how it can fail, except of those that ask nothing", () => {
    for (const { path, operation } of operationsOf(document)) {
      if (["/health", "/openapi.json", "/reference"].includes(path)) continue;
      const statuses = Object.keys(operation.responses as object);
      expect([path, statuses.some((status) => status.startsWith("4"))]).toEqual([path, true]);
    }
  });

  it("tells the truth about tokens", async () => {
    const roles = new Set<string>();
    for (const { method, path, operation } of operationsOf(document)) {
      const [requirement] = operation.security as { bearerToken: string[] }[];
      const role = requirement?.bearerToken[0] ?? "none";
      roles.add(role);
      const without = await request(method, path, "");
      expect([method, path, without.status === 401]).toEqual([method, path, role !== "none"]);
      const withReadOnly = await request(method, path, reading.authorization);
      // 403 is also the answer of the files, to a URL that is not signed.
      if (role !== "none")
        expect([method, path, withReadOnly.status === 403]).toEqual([method, path, role === "full"]);
    }
    expect(roles).toEqual(new Set(["none", "read-only", "full"]));
  });

  it("has the version of the package", () => {
    expect(document.info).toMatchObject({ version: packageJson.version });
  });

  it("tells nothing of the deployment", () => {
    expect(JSON.stringify(document)).not.toMatch(
      /test-account|test-database|11111111-1111|token-of-the-tests/,
    );
  });
});

describe("/reference", () => {
  it("is a page that shows the document, by a script of one version", async () => {
    const response = await send("/reference", { headers: { authorization: "" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("text/html");
    const page = await response.text();
    expect(page).toContain("/openapi.json");
    expect(page).toMatch(/"telemetry": ?false/);
    expect(page).toMatch(
      /<script src="https:\/\/cdn\.jsdelivr\.net\/npm\/@scalar\/api-reference@\d+\.\d+\.\d+"/,
    );
  });
});
