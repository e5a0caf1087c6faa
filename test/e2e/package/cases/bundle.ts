import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { wranglerBin } from "../../wrangler/wrangler-cli.ts";
import type { Installed } from "../installed.ts";

/** Bytes of a Worker with a database and nothing else, as Cloudflare counts them: compressed. */
const maxRuntimeGzipBytes = 60_000;
/** The same before compression: so that nothing large gets in by chance. */
const maxRuntimeBytes = 120_000;

/** What is for the HTTP API, for tests, for backups or for a command line, and not for a database. */
const notForDatabases = /^(http|catalog|backup|testing|kysely)\/|^cli\.js$/;

interface Bundle {
  bytes: number;
  gzipBytes: number;
  /** The names of the packages in it. */
  packages: string[];
  /** The modules of this package in it. */
  modules: string[];
}

export function bundleCases(installed: () => Installed): void {
  /** Bundles a Worker as `wrangler deploy --minify` does. */
  async function bundle(entry: string): Promise<Bundle> {
    const { project } = installed();
    const out = `out-${crypto.randomUUID()}`;
    mkdirSync(join(project.folder, out));
    const metafile = join(project.folder, out, "meta.json");
    const args = [
      "deploy",
      `src/${entry}.ts`,
      "--dry-run",
      "--minify",
      "--outdir",
      out,
      "--metafile",
      metafile,
    ];
    const { exitCode, output } = await project.run(wranglerBin, ...args);
    expect(exitCode, output).toBe(0);

    const code = readFileSync(join(project.folder, out, `${entry}.js`));
    const { outputs } = JSON.parse(readFileSync(metafile, "utf8")) as {
      outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>;
    };
    const inputs = Object.values(outputs)
      .flatMap((file) => Object.entries(file.inputs))
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => /node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)\/(?<module>.+)$/.exec(path)?.groups)
      .filter((groups) => groups !== undefined);
    return {
      bytes: code.length,
      gzipBytes: gzipSync(code).length,
      packages: [...new Set(inputs.map(({ name }) => name!))].sort(),
      modules: inputs
        .filter(({ name }) => name === "d1-procedures")
        .map(({ module }) => module!.replace(/^dist\//, "")),
    };
  }

  it("has the database, no other package and no HTTP API, if the Worker has none", async () => {
    const { bytes, gzipBytes, packages, modules } = await bundle("index");
    console.info(`A Worker with a database: ${bytes} bytes minified, ${gzipBytes} compressed`);
    expect(packages).toEqual(["d1-procedures"]);
    expect(modules).toContain("database/engine.js");
    expect(modules.filter((module) => notForDatabases.test(module))).toEqual([]);
    expect(gzipBytes).toBeLessThan(maxRuntimeGzipBytes);
    expect(bytes).toBeLessThan(maxRuntimeBytes);
  });

  it("has the HTTP API and its packages, if the Worker has one", async () => {
    installed().project.write(
      "src/api.ts",
      `import { createHttpApp } from "d1-procedures";
export { Database } from "./index.ts";
export default createHttpApp();
`,
    );
    const { bytes, gzipBytes, packages, modules } = await bundle("api");
    console.info(`A Worker with D1's REST API: ${bytes} bytes minified, ${gzipBytes} compressed`);
    expect(packages).toEqual(expect.arrayContaining(["d1-procedures", "graphql", "hono", "zod"]));
    expect(modules.some((module) => notForDatabases.test(module))).toBe(true);
  });
}
