import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

export default defineConfig(async () => ({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        bindings: {
          API_TOKEN: "token-of-the-tests",
          MIGRATIONS: await readD1Migrations(`${import.meta.dirname}/migrations`),
        },
        serviceBindings: {
          PAYMENTS: (request: Request) =>
            Response.json({ id: `charge for ${request.headers.get("idempotency-key")}` }),
        },
      },
    }),
  ],
}));
