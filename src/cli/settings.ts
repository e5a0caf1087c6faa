import { URL } from "node:url";
import { UsageError } from "./failure.ts";

/** Where the API is, and what opens it. */
export interface Settings {
  /** Without a slash at its end: `http://127.0.0.1:8787/client/v4`. */
  baseUrl: string;
  accountId: string;
  token: string;
}

const example = "http://127.0.0.1:8787/client/v4";

/**
 * Reads wrangler's environment variables.
 *
 * @param api What `--api` says, which comes before the variable.
 * @throws UsageError for one that is missing or wrong. It says none of their values: an address may have a password in it.
 */
export function readSettings(env: NodeJS.ProcessEnv, api?: string): Settings {
  return {
    baseUrl: readBaseUrl(api, env.CLOUDFLARE_API_BASE_URL),
    accountId: env.CLOUDFLARE_ACCOUNT_ID || "local",
    token: readToken(env.CLOUDFLARE_API_TOKEN),
  };
}

function readBaseUrl(api: string | undefined, variable: string | undefined): string {
  const source = api === undefined ? "CLOUDFLARE_API_BASE_URL" : "--api";
  const text = api ?? variable;
  if (!text) {
    throw new UsageError(
      `Where is the API of your Worker? Say so with \`export CLOUDFLARE_API_BASE_URL=${example}\`, as for wrangler, or with --api. ` +
        "Cloudflare's own API has no backups.",
    );
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new UsageError(`${source} is no address of an API, such as ${example}.`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new UsageError(
      `${source} has a user name or a password in it. The token goes into CLOUDFLARE_API_TOKEN.`,
    );
  }
  if (url.hostname === "api.cloudflare.com") {
    throw new UsageError(
      `${source} is Cloudflare's own API, which has no backups. Give that of your Worker: ${example}`,
    );
  }
  if (url.search !== "" || url.hash !== "" || url.pathname === "/") {
    throw new UsageError(`${source} is an address without the API's path. It ends in /client/v4: ${example}`);
  }
  return url.href.replace(/\/+$/, "");
}

function readToken(token: string | undefined): string {
  if (!token) {
    throw new UsageError(
      "CLOUDFLARE_API_TOKEN is not set. It is the secret API_TOKEN of the Worker; `npm start` prints that of the local one.",
    );
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError(
      "CLOUDFLARE_API_TOKEN has characters that no token has. Is there a space or a line end in it?",
    );
  }
  return token;
}
