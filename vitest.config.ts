import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import { bundleWorker } from "./test/support/bundle-worker.ts";
import { prismaCompiler } from "./test/support/prisma-compiler.ts";
import { unmappedLibraries } from "./test/support/unmapped-libraries.ts";

/** A Worker as one module. Miniflare parses a `script` for its imports, for every runtime anew. */
function moduleOf(entry: string) {
  return [
    { type: "ESModule" as const, path: "worker.js", contents: bundleWorker(new URL(entry, import.meta.url)) },
  ];
}

/** Tests inside workerd. The pool moves on as @cloudflare/vitest-plugin: the import above is all to change. */
const workersPool = () =>
  cloudflareTest({
    wrangler: { configPath: "./test/wrangler.toml" },
    miniflare: {
      bindings: { API_TOKEN: "token-of-the-tests", API_TOKEN_READ_ONLY: "read-only-token-of-the-tests" },
      workers: [
        {
          name: "payment-api",
          modules: moduleOf("./procedures/payment-worker/worker.ts"),
          compatibilityDate: "2026-04-24",
          durableObjects: { CHARGES: { className: "ChargeRecord", useSQLite: true } },
        },
        {
          name: "conformance-database",
          modules: moduleOf("./test/conformance/database-worker.ts"),
          compatibilityDate: "2026-04-24",
          compatibilityFlags: ["nodejs_compat"],
          durableObjects: { DB: { className: "Database", useSQLite: true } },
        },
        {
          name: "faulty-database",
          modules: moduleOf("./test/faults/worker.ts"),
          compatibilityDate: "2026-04-24",
          compatibilityFlags: ["nodejs_compat", "experimental"],
          durableObjects: { FAULTY: { className: "Faulty", useSQLite: true } },
          r2Buckets: { DUMPS: "dumps" },
        },
        {
          name: "bank-of-the-docs",
          modules: moduleOf("./test/docs/procedures/bank-worker.ts"),
          compatibilityDate: "2026-04-24",
          compatibilityFlags: ["nodejs_compat"],
          durableObjects: { BANK: { className: "Bank", useSQLite: true } },
        },
      ],
    },
  });

/** FUZZ_SEED and its kin steer the property tests: see test/support/fuzz.ts. */
const fuzzing = Object.fromEntries(
  Object.entries(process.env).filter((entry): entry is [string, string] => entry[0].startsWith("FUZZ_")),
);

const librariesOfManyModules = [
  ...["@hono/zod-openapi", "@scalar/hono-api-reference", "graphql", "hono", "zod"],
  ...["drizzle-orm", "drizzle-orm/d1", "drizzle-orm/sqlite-core", "kysely"],
];

/** One more file at a time than there are cores, because there is always a test that waits for something. */
const maxWorkers = availableParallelism() + 1;

const testsInWorkerd = {
  env: fuzzing,
  // For a machine that stops for seconds on end. Nobody waits for these but whoever finds that something hangs.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 60_000 } },
  // A runtime loads it module by module: these are hundreds of small ones.
  deps: { optimizer: { ssr: { enabled: true, include: librariesOfManyModules } } },
  maxWorkers,
};

/** The name of the package means its sources in tests, as tsconfig.json says: they need no build. */
const resolve = { tsconfigPaths: true };

export default defineConfig({
  test: {
    projects: [
      {
        // Files run one after another in a runtime that they share, because it takes longer to start than most of them do.
        plugins: [prismaCompiler(), unmappedLibraries(), workersPool()],
        resolve,
        test: {
          ...testsInWorkerd,
          name: "workers",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**"],
          isolate: false,
          setupFiles: ["test/support/next-file.ts"],
        },
      },
      {
        // Real servers: `wrangler dev` with one Worker or several, beside the tests in workerd.
        test: {
          name: "node",
          isolate: false, // none replaces what another imports
          include: ["test/e2e/**/*.test.ts"],
          maxWorkers,
          testTimeout: 120_000,
          // More than scripts/lib/dev-server.mjs waits for a server, which then says why there is none.
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
