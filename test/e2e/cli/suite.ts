import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type DevServer, projectDir, startDevServer } from "../../../scripts/lib/dev-server.mjs";
import { RestApi } from "../wrangler/rest-api.ts";
import { useBuiltCli } from "./built-cli.ts";
import type { CliOptions, CliRun } from "./cli.ts";

/** What a test needs: the command, as its user has set it up, and a look behind it. */
export interface Suite {
  /** Runs the command with the environment of its user. */
  run(args: string[], options?: CliOptions): Promise<CliRun>;
  api: RestApi;
  server: DevServer;
  /** Where the server keeps its databases. */
  stateDir: string;
  /** Makes an empty folder. */
  makeDir(name: string): string;
  /** Makes the folder of a wrangler project: that of this one. */
  makeProject(): string;
}

export const token = "the-full-token-of-the-cli-tests";
export const readOnlyToken = "the-read-only-token-of-the-cli-tests";

/** One server with the project's own wrangler.toml for all tests of the calling file. */
export function useSuite(): () => Suite {
  const cli = useBuiltCli();
  const dir = mkdtempSync(join(tmpdir(), "d1-procedures-cli-"));
  const stateDir = join(dir, "state");
  let server: DevServer | undefined;
  let suite: Suite;

  const makeDir = (name: string) => mkdtempSync(join(dir, `${name}-`));

  beforeAll(async () => {
    const scratchDir = makeDir("server");
    const envFile = join(scratchDir, "vars");
    writeFileSync(envFile, `API_TOKEN=${token}\nAPI_TOKEN_READ_ONLY=${readOnlyToken}\n`, { mode: 0o600 });
    server = await startDevServer({
      configs: ["wrangler.toml"],
      envFile,
      scratchDir,
      persistTo: stateDir,
      pastProxy: true,
    });
    const home = makeDir("home");
    const env = {
      HOME: home,
      CLOUDFLARE_API_BASE_URL: `${server.url}/client/v4`,
      CLOUDFLARE_API_TOKEN: token,
      CLOUDFLARE_ACCOUNT_ID: "local",
    };
    suite = {
      run: (args, options = {}) =>
        cli().run(args, { cwd: home, ...options, env: { ...env, ...options.env } }),
      api: new RestApi(server.url, token),
      server,
      stateDir,
      makeDir,
      makeProject: () => makeProject(makeDir("project")),
    };
  });

  afterAll(async () => {
    await server?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  return () => suite;
}

/** With nothing of its own but its state. */
function makeProject(dir: string): string {
  for (const name of ["node_modules", "src", "procedures"])
    symlinkSync(join(projectDir, name), join(dir, name));
  copyFileSync(join(projectDir, "wrangler.toml"), join(dir, "wrangler.toml"));
  return dir;
}
