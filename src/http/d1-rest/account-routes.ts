import { z } from "@hono/zod-openapi";
import { accountIdOf, type HttpEnv } from "../http-env.ts";
import { type HttpApp, httpRoute } from "../http-route.ts";
import { restListResponses, restResponses, restSuccess } from "./rest-envelope.ts";
import { restPrefix } from "./rest-paths.ts";

const tags = ["Account"];

const accountSchema = z.object({ id: z.string(), name: z.string() }).openapi("Account");

const listAccounts = httpRoute("read-only", {
  method: "get",
  path: `${restPrefix}/accounts`,
  operationId: "listAccounts",
  summary: "The one account",
  tags,
  responses: restListResponses("It.", accountSchema),
});

const listMemberships = httpRoute("read-only", {
  method: "get",
  path: `${restPrefix}/memberships`,
  operationId: "listMemberships",
  summary: "The membership in the one account: where wrangler learns the account id that it was not told",
  tags,
  responses: restListResponses(
    "It.",
    z.object({
      id: z.string(),
      status: z.literal("accepted"),
      account: accountSchema,
      roles: z.array(z.string()),
    }),
  ),
});

const verifyToken = httpRoute("read-only", {
  method: "get",
  path: `${restPrefix}/user/tokens/verify`,
  operationId: "verifyToken",
  summary: "Whether the token is right",
  tags,
  responses: restResponses("It is.", z.object({ id: z.string(), status: z.literal("active") })),
});

const getUser = httpRoute("read-only", {
  method: "get",
  path: `${restPrefix}/user`,
  operationId: "getUser",
  summary: "Who has the token",
  description: "A token stands for nobody in particular: there is no name and no address.",
  tags,
  responses: restResponses("The holder of the token.", z.object({ id: z.string() })),
});

/** Adds what wrangler asks for when it has not been told the account id, and when it explains a wrong token. */
export function addAccountRoutes(app: HttpApp): void {
  app.openapi(listAccounts, (c) => c.json(listOfOne(accountOf(c.env)), 200));

  app.openapi(listMemberships, (c) => {
    const account = accountOf(c.env);
    const roles = [c.var.access === "full" ? "Administrator" : "Administrator Read Only"];
    return c.json(listOfOne({ id: account.id, status: "accepted" as const, account, roles }), 200);
  });

  app.openapi(verifyToken, (c) => c.json(restSuccess({ id: c.var.access, status: "active" as const }), 200));

  app.openapi(getUser, (c) => c.json(restSuccess({ id: c.var.access }), 200));
}

function accountOf(env: HttpEnv) {
  return { id: accountIdOf(env), name: "d1-procedures" };
}

function listOfOne<T>(item: T) {
  const result_info = { page: 1, per_page: 20, count: 1, total_count: 1, total_pages: 1 };
  return { ...restSuccess([item]), result_info };
}
