/** What the tests find in `cloudflare:workers`: the Worker's own bindings, and that of vitest.config.ts. */
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import("../src/index");
  }
  interface Env extends Shop {
    MIGRATIONS: import("d1-procedures/testing").D1Migration[];
  }
}
type Shop = import("../src/index").Env;
