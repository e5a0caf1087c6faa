import { signedUrlTtlMs } from "../../limits.ts";
import { isSameText } from "../access/same-text.ts";
import { RestError } from "../d1-rest/rest-error.ts";
import { fromBase64Url, toBase64Url } from "./base64-url.ts";

/** What a signed URL permits: one method on one file, for a while. */
export interface Grant {
  method: "PUT" | "GET";
  /** Of the file in the R2 bucket. */
  key: string;
  /** The name that a download is saved under. */
  filename: string;
}

/** Where signed URLs lead. */
export const signedFilesPath = "/files";

/**
 * Signs URLs, and reads what a signed URL permits. The grant itself is in the URL, and what is acted on is what was
 * signed: nothing of the path is looked at beside it.
 */
export class UrlSigner {
  readonly #secret: string;

  /** @param secret The API token. It signs nothing itself: the key is derived from it. */
  constructor(secret: string) {
    this.#secret = secret;
  }

  /**
   * @param origin Scheme, host and port of the server as its client sees them.
   * @returns The URL, for {@link signedUrlTtlMs}.
   */
  async sign(grant: Grant, origin: string): Promise<string> {
    const expiresAtMs = Date.now() + signedUrlTtlMs;
    const payload = toBase64Url(new TextEncoder().encode(JSON.stringify({ ...grant, expiresAtMs })));
    return `${origin}${signedFilesPath}/${payload}.${await this.#signatureOf(payload)}`;
  }

  /**
   * @param signed The last segment of the URL's path.
   * @throws RestError 403 for what was not signed here, was signed for another method, or has expired.
   */
  async verify(signed: string, method: Grant["method"]): Promise<Grant> {
    const [payload, signature, ...rest] = signed.split(".");
    if (payload === undefined || signature === undefined || rest.length > 0) throw refused("is not signed");
    if (!(await isSameText(signature, await this.#signatureOf(payload))))
      throw refused("has a wrong signature");
    // From here on it is what sign() has made.
    const { expiresAtMs, ...grant }: Grant & { expiresAtMs: number } = JSON.parse(
      new TextDecoder().decode(fromBase64Url(payload)),
    );
    if (grant.method !== method) throw refused(`is for ${grant.method}, not ${method}`);
    if (Date.now() >= expiresAtMs) throw refused("has expired. Ask for a new one");
    return grant;
  }

  async #signatureOf(payload: string): Promise<string> {
    const key = await deriveKey(this.#secret);
    return toBase64Url(
      new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(payload))),
    );
  }
}

/** A key of its own, so that a signature tells nothing about the token, and means nothing anywhere else. */
async function deriveKey(secret: string): Promise<CryptoKey> {
  const encoder = new TextEncoder();
  const base = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    {
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(),
      info: encoder.encode("d1-procedures signed URLs"),
    },
    base,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign"],
  );
}

function refused(problem: string): RestError {
  return new RestError(403, 10000, `Authentication error: this URL ${problem}.`);
}
