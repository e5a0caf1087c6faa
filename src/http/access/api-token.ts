import { DatabaseError } from "../../errors.ts";
import type { HttpEnv } from "../http-env.ts";
import { isSameText } from "./same-text.ts";

/** What a token permits. */
export type Access = "full" | "read-only";

/**
 * Tells what the bearer token of a request permits, or throws. Neither a configured token nor what the client sent
 * ever appears in a message.
 *
 * @param header The `Authorization` header of the request.
 * @throws DatabaseError NO_TOKEN_CONFIGURED or UNAUTHORIZED.
 */
export async function authenticate(
  header: string | undefined,
  { API_TOKEN, API_TOKEN_READ_ONLY }: Pick<HttpEnv, "API_TOKEN" | "API_TOKEN_READ_ONLY">,
): Promise<Access> {
  if (!API_TOKEN) {
    throw new DatabaseError(
      "NO_TOKEN_CONFIGURED",
      "No API token is configured, so the HTTP API is closed. Set the secret API_TOKEN: `npx wrangler secret put API_TOKEN`, " +
        "or locally a line `API_TOKEN=...` in .dev.vars.",
    );
  }
  const sent = /^Bearer +(\S+) *$/i.exec(header ?? "")?.[1];
  if (sent === undefined) {
    throw new DatabaseError("UNAUTHORIZED", "Send the API token: `Authorization: Bearer <API_TOKEN>`.");
  }
  // The lesser one first: a token that is configured as both must not open more than it was given out for.
  if (API_TOKEN_READ_ONLY && (await isSameText(sent, API_TOKEN_READ_ONLY))) return "read-only";
  if (await isSameText(sent, API_TOKEN)) return "full";
  throw new DatabaseError("UNAUTHORIZED", "The API token is wrong.");
}
