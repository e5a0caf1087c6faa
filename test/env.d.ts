/** The bindings of test/wrangler.toml, typed as `wrangler types` would. */
declare namespace Cloudflare {
  interface Env {
    DB: DurableObjectNamespace<import("./worker.ts").Database>;
    NAMESPACED: DurableObjectNamespace<import("./worker.ts").NamespacedDatabase>;
    SHOP: DurableObjectNamespace<import("./worker.ts").Shop>;
    ENGINE: DurableObjectNamespace<import("./worker.ts").EngineDatabase>;
    STAFF: DurableObjectNamespace<import("./worker.ts").Staff>;
    BANK: DurableObjectNamespace<import("./docs/procedures/bank-worker.ts").Bank>;
    ISOLATION: DurableObjectNamespace<import("./worker.ts").Isolation>;
    LISTS: DurableObjectNamespace<import("./worker.ts").Lists>;
    NOT_A_DATABASE: DurableObjectNamespace<import("./worker.ts").NotADatabase>;
    CATALOG: DurableObjectNamespace<import("../src/catalog/catalog.ts").Catalog>;
    FAULTY: DurableObjectNamespace<import("./faults/worker.ts").Faulty>;
    PAYMENT_API: Fetcher;
    CONFORMANCE_OBJECT: DurableObjectNamespace<import("./conformance/database-worker.ts").Database>;
    CONFORMANCE_SERVICE: Service<typeof import("./conformance/database-worker.ts").DB>;
    REFERENCE: D1Database;
    OTHER_REFERENCE: D1Database;
    DUMPS: R2Bucket;
    BACKUPS: R2Bucket;
    BACKUP_WORKFLOW: Workflow<import("../src/backup/backup.ts").BackupParams>;
    RESTORE_WORKFLOW: Workflow<import("../src/backup/restore.ts").RestoreParams>;
    CLOUDFLARE_BACKUP: Workflow<import("../src/backup/backup.ts").BackupParams>;
    API_TOKEN: string;
    API_TOKEN_READ_ONLY: string;
    ACCOUNT_ID: string;
    DATABASE_ID: string;
    DATABASE_NAME: string;
  }
  interface GlobalProps {
    mainModule: typeof import("./worker.ts");
    durableNamespaces:
      | "Catalog"
      | "Database"
      | "NamespacedDatabase"
      | "Shop"
      | "EngineDatabase"
      | "Staff"
      | "Isolation"
      | "Lists"
      | "NotADatabase";
  }
}
