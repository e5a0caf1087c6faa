/** What a Worker gets of the library is what it uses: package.json says that no module does anything by being imported. */

import { buildSync } from "esbuild";
import { expect, it } from "vitest";

/** The modules, by path, that end up in the bundle of a Worker with this source. */
function modulesOf(source: string): string[] {
  const { metafile } = buildSync({
    stdin: { contents: source, resolveDir: new URL("../../src", import.meta.url).pathname, loader: "ts" },
    bundle: true,
    format: "esm",
    external: ["cloudflare:*", "node:*"],
    write: false,
    outfile: "worker.js",
    metafile: true,
  });
  const [output] = Object.values(metafile.outputs);
  return Object.entries(output!.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path);
}

it("a Worker that only connects bundles neither the HTTP API nor its packages", () => {
  const modules = modulesOf(
    'import { connect } from "./index.ts"; export default { fetch: (_: Request, env: { DB: never }) => connect(env.DB) };',
  );
  expect(modules.filter((path) => /node_modules|src\/(http|catalog|database)\//.test(path))).toEqual([]);
  expect(modules.some((path) => path.endsWith("src/client/connect.ts"))).toBe(true);
});

it("a Worker with the HTTP API bundles it", () => {
  const modules = modulesOf('import { createHttpApp } from "./index.ts"; export default createHttpApp();');
  expect(modules.some((path) => path.includes("node_modules/zod/"))).toBe(true);
});
