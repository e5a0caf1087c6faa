import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

/** What tests pay for isolation is measured where tests run. */
export default defineConfig({
  plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" } })],
  test: {
    include: ["*.bench.ts"],
    env: { ROUNDS: process.env.ROUNDS ?? "5" },
    testTimeout: 600_000,
    disableConsoleIntercept: true,
  },
});
