import { describe, expect, it } from "vitest";
import page from "../../SECURITY.md?raw";
import { send } from "../http/http-client.ts";
import { operationsOf } from "../support/openapi.ts";

/** The routes in the tables of the page, below what stands before each table. */
function routesBelow(words: string): string[] {
  const table = page.slice(page.indexOf(words)).split("\n\n")[1]!;
  return [...table.matchAll(/^\| `([A-Z]+ [^`]+)` \|/gm)].map(([, route]) => route!);
}

async function routesFor(role: string): Promise<string[]> {
  const document = await (await send("/openapi.json")).json<Parameters<typeof operationsOf>[0]>();
  return operationsOf(document)
    .filter(({ operation }) => {
      const [requirement] = operation.security as { bearerToken: string[] }[];
      return (requirement?.bearerToken[0] ?? "none") === role;
    })
    .map(({ method, path }) => `${method.toUpperCase()} ${path}`);
}

describe("SECURITY.md", () => {
  it("lists every route that needs no token", async () => {
    expect(routesBelow("Without a token, whoever asks:").toSorted()).toEqual(
      (await routesFor("none")).toSorted(),
    );
  });

  it("lists every route for which the read-only token will do", async () => {
    expect(routesBelow("With the read-only token:").toSorted()).toEqual(
      (await routesFor("read-only")).toSorted(),
    );
  });
});
