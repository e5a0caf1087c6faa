/** What the tests find in `cloudflare:workers`: the first Worker, and the binding of vitest.config.ts. */
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import("../src/index");
  }
  interface Env {
    DB: DurableObjectNamespace<import("../src/index").Database>;
    MIGRATIONS: import("d1-procedures/testing").D1Migration[];
  }
}
