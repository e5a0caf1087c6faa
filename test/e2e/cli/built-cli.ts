import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsdown";
import { afterAll, beforeAll } from "vitest";
import { Cli } from "./cli.ts";

const projectDir = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * Builds the command line, as `npm run build` does, for the tests of the calling file. Below node_modules, so that it finds what it
 * depends on, and what is in dist stays as it is.
 *
 * @returns What gives it, once the tests run.
 */
export function useBuiltCli(): () => Cli {
  const cache = join(projectDir, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const outDir = mkdtempSync(join(cache, "d1-procedures-cli-"));

  beforeAll(async () => {
    await build({ cwd: projectDir, filter: /^cli$/, outDir, logLevel: "error" });
  });

  afterAll(() => rmSync(outDir, { recursive: true, force: true }));

  return () => new Cli(join(outDir, "cli.js"), dirname(outDir));
}
