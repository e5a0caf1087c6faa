import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type DevServer, startDevServer } from "../../scripts/lib/dev-server.mjs";

export interface TestServerOptions {
  /** The Workers' wrangler.toml files; the first Worker answers HTTP. */
  configs: string[];
  /** Secrets of the Workers, by name. */
  secrets?: Record<string, string>;
}

/**
 * Runs `wrangler dev` for the tests of the calling file, on databases of its own.
 *
 * @returns What gives the server, once the tests run.
 */
export function useDevServer({ configs, secrets = {} }: TestServerOptions): () => DevServer {
  let server: DevServer | undefined;
  const scratchDir = mkdtempSync(join(tmpdir(), "d1-procedures-test-"));

  beforeAll(async () => {
    const envFile = join(scratchDir, "vars");
    writeFileSync(
      envFile,
      Object.entries(secrets)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(""),
      {
        mode: 0o600,
      },
    );
    server = await startDevServer({
      configs,
      envFile,
      scratchDir,
      persistTo: join(scratchDir, "state"),
      pastProxy: true,
    });
  });

  afterAll(async () => {
    await server?.stop();
    rmSync(scratchDir, { recursive: true, force: true });
  });

  return () => server!;
}
