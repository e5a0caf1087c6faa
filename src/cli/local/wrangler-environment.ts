import { join } from "node:path";

/**
 * The environment of wrangler as this command runs it: without the account that the command itself works on, quiet, and apart from
 * every other `wrangler dev` on this machine.
 *
 * @param scratchDir For its logs and its registry.
 */
export function wranglerEnvironment(scratchDir: string): NodeJS.ProcessEnv {
  const { CLOUDFLARE_API_BASE_URL, CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID, ...env } = process.env;
  return {
    ...env,
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_LOG: "log", // so that it prints where it listens
    WRANGLER_HIDE_BANNER: "true", // with it goes the check for updates
    WRANGLER_LOG_PATH: join(scratchDir, "logs"),
    WRANGLER_REGISTRY_PATH: join(scratchDir, "registry"),
    // Request.cf would be fetched from Cloudflare.
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: "true",
    FORCE_COLOR: "0",
  };
}
