/** What the tests find in `cloudflare:workers`: the Worker's own bindings, and that of vitest.config.ts. */
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import("../src/index");
  }
  interface Env extends Bank {
    MIGRATIONS: import("d1-procedures/testing").D1Migration[];
  }
}
type Bank = import("../src/index").Env;
