import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

export default defineConfig(async () => ({
  plugins: [
    // The Worker that has the database: tests can undo what is written to its objects.
    cloudflareTest({
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        bindings: {
          API_TOKEN: "token-of-the-tests",
          MIGRATIONS: await readD1Migrations(`${import.meta.dirname}/migrations`),
        },
      },
    }),
  ],
}));
