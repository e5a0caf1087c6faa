import { defineConfig } from "tsdown";

export default defineConfig({
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
});
