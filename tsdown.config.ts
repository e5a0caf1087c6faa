import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { defineConfig, type UserConfig } from "tsdown";

/** Where tsconfig.build.json has the compiler write the types. */
const declarations = "node_modules/.cache/d1-procedures/types";

/** What package.json exports. */
const entries = ["index", "kysely/index", "testing/index"];
const entriesIn = (folder: string, extension: string) =>
  Object.fromEntries(entries.map((entry) => [entry, `${folder}/${entry}${extension}`]));

const library: UserConfig = {
  platform: "neutral",
  format: "esm",
  // What the runtimes provide, and what a package manager installs.
  deps: { neverBundle: [/^cloudflare:/, /^node:/], skipNodeModulesBundle: true },
  // Comments that would name folders of the machine that builds.
  inputOptions: { experimental: { attachDebugInfo: "none" } },
};

export default defineConfig([
  {
    ...library,
    name: "library",
    entry: entriesIn("src", ".ts"),
    root: "src",
    // A file for each module: bundlers drop a module that nobody needs, but not what its top level calls.
    unbundle: true,
    target: "es2024",
    outExtensions: () => ({ js: ".js" }),
    outputOptions: { comments: { jsdoc: false } },
    dts: false,
  },
  {
    ...library,
    name: "types",
    entry: entriesIn(declarations, ".d.ts"),
    root: declarations,
    outExtensions: () => ({ dts: ".d.ts" }),
    dts: { dtsInput: true },
    hooks: { "build:prepare": emitDeclarations },
  },
  {
    name: "cli",
    entry: {
      cli: "src/cli/cli.ts",
      // A thread and a process, which are started from files of their own.
      "sqlite-thread": "src/cli/sqlite/sqlite-thread.ts",
      "bucket-process": "src/cli/local/bucket-process.ts",
    },
    platform: "node",
    target: "node20.19",
    format: "esm",
    outExtensions: () => ({ js: ".js" }),
    dts: false,
  },
]);

/** By the compiler itself: TypeScript 7 has no API by which tsdown could. */
function emitDeclarations(): void {
  const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  execFileSync(process.execPath, [join(typescript, "bin", "tsc"), "-p", "tsconfig.build.json"], {
    cwd: import.meta.dirname,
    stdio: "inherit",
  });
}
