import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const cacheFolder = fileURLToPath(new URL("../../node_modules/.cache/prisma/", import.meta.url));

/**
 * A Vite plugin for the client that Prisma generates, which imports its query compiler as
 * "./query_compiler_small_bg.wasm?module". It takes the compiler from `@prisma/client`, where `prisma generate`
 * takes it from too, because a binary does not belong in a repository, and drops the `?module`, which wrangler
 * understands and the pool of the tests does not.
 */
export function prismaCompiler() {
  return {
    name: "prisma-compiler",
    enforce: "pre" as const,
    resolveId(id: string): string | undefined {
      const [, name] = /([^/]+)\.wasm\?module$/.exec(id) ?? [];
      return name && unpack(name);
    },
  };
}

/** Writes the module where the pool can read it. By a rename, as other test runs may do the same just now. */
function unpack(name: string): string {
  const { wasm } = createRequire(import.meta.url)(`@prisma/client/runtime/${name}.sqlite.wasm-base64.js`);
  mkdirSync(cacheFolder, { recursive: true });
  const file = join(cacheFolder, `${name}.wasm`);
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, Buffer.from(wasm, "base64"));
  renameSync(unfinished, file);
  return file;
}
