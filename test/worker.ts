/** The Worker of the "workers" test project: databases of tiny procedures, one behaviour each. */

import { DurableObject } from "cloudflare:workers";
import ShopProcedures from "../procedures/index.ts";
import { backUpDatabases } from "../src/backup/back-up-databases.ts";
import { BackupWorkflow } from "../src/backup/backup-workflow.ts";
import { RestoreWorkflow } from "../src/backup/restore-workflow.ts";
import { defineBinding } from "../src/client/define-binding.ts";
import { defineDatabase } from "../src/database/define-database.ts";
import { type EngineEnv, EngineProcedures } from "./fixtures/engine-procedures.ts";
import { FixtureProcedures } from "./fixtures/fixture-procedures.ts";
import { InventoryProcedures } from "./fixtures/inventory-procedures.ts";
import { StaffProcedures } from "./fixtures/staff-procedures.ts";
import { ListProcedures } from "./histories/workload/list-procedures.ts";
import { IsolationProcedures } from "./isolation/isolation-procedures.ts";

export { Catalog } from "../src/catalog/catalog.ts";
export { BareEntrypoint } from "./runtime-contract/bare-entrypoint.ts";
export { BackupWorkflow, RestoreWorkflow };

export class Database extends defineDatabase(FixtureProcedures) {}

export class NamespacedDatabase extends defineDatabase({
  default: FixtureProcedures,
  inventory: InventoryProcedures,
}) {}

/** For the tests of the engine over RPC: procedures can end the object as a crash would. */
export class EngineDatabase extends defineDatabase(EngineProcedures) {
  constructor(ctx: DurableObjectState, env: object) {
    const abortObject = () => ctx.abort("ended by a test");
    super(ctx, { ...env, abortObject } satisfies EngineEnv);
  }
}

/** The Checkout example, as src/worker.ts deploys it. */
export class Shop extends defineDatabase(ShopProcedures) {}

/** The procedures of docs/workers-qb.md. */
export class Staff extends defineDatabase(StaffProcedures) {}

/** For the tests of isolation: transactions whose every step waits for the test. */
export class Isolation extends defineDatabase(IsolationProcedures) {}

/** The lists of test/histories. Their procedures can end the object as a crash would. */
export class Lists extends defineDatabase(ListProcedures) {
  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, { ...env, abortObject: () => ctx.abort("ended by a test") });
  }
}

/** What a binding leads to when wrangler.toml names the wrong class. */
export class NotADatabase extends DurableObject {}

/** For the tests of backups of a Cloudflare D1, whose API they play. */
export class CloudflareBackup extends BackupWorkflow {
  constructor(ctx: ExecutionContext, env: object) {
    const elsewhere = {
      BACKUP_API_BASE_URL: "https://cloudflare.test/client/v4",
      BACKUP_API_TOKEN: "of-cloudflare",
    };
    super(ctx, { ...env, ...elsewhere });
  }
}

/** The entrypoints that the second Worker of test/e2e reaches over service bindings. */
export class DB extends defineBinding(Database) {}
export class NamespacedDB extends defineBinding(NamespacedDatabase, { binding: "NAMESPACED" }) {}

let httpApp: Pick<ExportedHandler<Cloudflare.Env>, "fetch"> | undefined;

export default {
  async fetch(request, env, ctx) {
    // Loaded when a test asks for it: most do not, and it takes longer to load than all the rest.
    httpApp ??= (await import("../src/http/http-app.ts")).createHttpApp();
    return httpApp.fetch!(request, env, ctx);
  },
  scheduled: backUpDatabases,
} satisfies ExportedHandler<Cloudflare.Env>;
