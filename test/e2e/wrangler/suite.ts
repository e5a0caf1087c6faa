import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { DevServer } from "../../../scripts/lib/dev-server.mjs";
import { useDevServer } from "../test-server.ts";
import { RestApi } from "./rest-api.ts";
import { WranglerCli } from "./wrangler-cli.ts";

/** What a test needs: wrangler, as its user has set it up, and a look behind it. */
export interface Suite {
  wrangler: WranglerCli;
  api: RestApi;
  server: DevServer;
  /** Makes an empty folder. */
  makeDir(name: string): string;
  /** Writes a file into a folder of its own, and gives its path. */
  writeSql(sql: string | Uint8Array): string;
}

export const token = "the-full-token-of-the-wrangler-tests";
export const readOnlyToken = "the-read-only-token-of-the-wrangler-tests";

/** What the project's wrangler.toml calls the database behind `env.DB`. */
export const configuredName = "d1-procedures";

/** One server with the project's own wrangler.toml for all tests of the calling file. */
export function useSuite(): () => Suite {
  const server = useDevServer({
    configs: ["wrangler.toml"],
    secrets: { API_TOKEN: token, API_TOKEN_READ_ONLY: readOnlyToken },
  });
  const dir = mkdtempSync(join(tmpdir(), "d1-procedures-wrangler-"));
  let suite: Suite;

  beforeAll(() => {
    const { url } = server();
    const makeDir = (name: string) => {
      const path = join(dir, `${name}-${crypto.randomUUID()}`);
      mkdirSync(path);
      return path;
    };
    suite = {
      wrangler: new WranglerCli(makeDir("home"), {
        CLOUDFLARE_API_BASE_URL: `${url}/client/v4`,
        CLOUDFLARE_API_TOKEN: token,
        CLOUDFLARE_ACCOUNT_ID: "local",
      }),
      api: new RestApi(url, token),
      server: server(),
      makeDir,
      writeSql: (sql) => {
        const path = join(makeDir("sql"), "file.sql");
        writeFileSync(path, sql);
        return path;
      },
    };
  });

  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  return () => suite;
}
