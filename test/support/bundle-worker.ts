import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

/** Bundles a Worker into one ES module, for Miniflare, which does not compile TypeScript. */
export function bundleWorker(entry: URL): string {
  const path = fileURLToPath(entry);
  const { outputFiles } = buildSync({
    entryPoints: [path],
    absWorkingDir: dirname(path),
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
  });
  return outputFiles[0]!.text;
}
