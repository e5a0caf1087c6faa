import { DatabaseError } from "../errors.ts";

/**
 * Lets a request through or throws. Neither the token nor what the client sent ever appears in a message.
 *
 * @param header The `Authorization` header of the request.
 * @param token The configured API token.
 * @throws DatabaseError NO_TOKEN_CONFIGURED or UNAUTHORIZED.
 */
export async function requireBearerToken(
  header: string | undefined,
  token: string | undefined,
): Promise<void> {
  if (!token) {
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
  if (!(await isSame(sent, token))) throw new DatabaseError("UNAUTHORIZED", "The API token is wrong.");
}

/**
 * Compares without telling by its duration how much was right. The digests have one length, whatever the
 * texts have, so that the length of the token does not show either.
 */
async function isSame(left: string, right: string): Promise<boolean> {
  const [leftDigest, rightDigest] = await Promise.all([sha256(left), sha256(right)]);
  return crypto.subtle.timingSafeEqual(leftDigest, rightDigest);
}

function sha256(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}
