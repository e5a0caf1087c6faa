import type { DatabaseBinding } from "d1-procedures";
import type { D1Migration } from "d1-procedures/testing";

/** What the tests find in `env`: the Worker's own bindings, and those of vitest.config.ts. */
export interface TestEnv {
  DB: DatabaseBinding;
  MIGRATIONS: D1Migration[];
}
