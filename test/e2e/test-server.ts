import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { startDevServer } from "../../scripts/lib/dev-server.mjs";

/**
 * Runs `wrangler dev` with these Workers for the tests of the calling file, on databases of its own.
 *
 * @param configs The Workers' wrangler.toml files; the first Worker answers HTTP.
 * @returns What gives the server's address, once the tests run.
 */
export function useDevServer(...configs: string[]): () => string {
  let server: Awaited<ReturnType<typeof startDevServer>> | undefined;
  const scratchDir = mkdtempSync(join(tmpdir(), "d1-procedures-test-"));

  beforeAll(async () => {
    const envFile = join(scratchDir, "vars");
    writeFileSync(envFile, "");
    server = await startDevServer({ configs, envFile, scratchDir, persistTo: join(scratchDir, "state") });
  });

  afterAll(async () => {
    await server?.stop();
    rmSync(scratchDir, { recursive: true, force: true });
  });

  return () => server!.url;
}
