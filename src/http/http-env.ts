import type { BackupParams } from "../backup/backup.ts";
import type { RestoreParams } from "../backup/restore.ts";
import type { DatabaseBinding, NamespaceBinding } from "../client/binding-kind.ts";
import type { Access } from "./access/api-token.ts";

/**
 * What the HTTP API reads from the Worker's `env`. With `DB` and `API_TOKEN` alone, procedures and queries work;
 * what needs more says which binding it misses, and how to add it.
 */
export interface HttpEnv {
  /** The Durable Object namespace of the databases. A stub or a service binding leads to the configured one only. */
  DB: DatabaseBinding;
  /** The namespace of the class `Catalog`: to create, list and delete databases, and to import and export. */
  CATALOG?: NamespaceBinding;
  /** The bucket of SQL files on their way in and out: to import and export. The object of a database needs it too. */
  DUMPS?: R2Bucket;
  /** The bucket of backups. */
  BACKUPS?: R2Bucket;
  /** The Workflow of the class `BackupWorkflow`: to create backups. */
  BACKUP_WORKFLOW?: Workflow<BackupParams>;
  /** The Workflow of the class `RestoreWorkflow`: to restore them. */
  RESTORE_WORKFLOW?: Workflow<RestoreParams>;
  /** Another API whose databases are backed up: those of this Worker are not, then. */
  BACKUP_API_BASE_URL?: string;
  /** The bearer token: a secret, never a variable in wrangler.toml. Without one HTTP stays closed. */
  API_TOKEN?: string;
  /** A second one, which may read only. A secret as well. */
  API_TOKEN_READ_ONLY?: string;
  /** The account id that the D1 REST routes answer to. Default: `"local"`. */
  ACCOUNT_ID?: string;
  /** The id, in the D1 REST routes, of the database that `DB` leads to when nothing else is said. */
  DATABASE_ID?: string;
  /** Its name, which the D1 REST routes take as well. */
  DATABASE_NAME?: string;
}

/** The account that the D1 REST routes answer to. */
export function accountIdOf(env: HttpEnv): string {
  return env.ACCOUNT_ID ?? "local";
}

/** Hono's own type of it, with what the middleware finds out about a request. */
export interface HttpContext {
  Bindings: HttpEnv;
  Variables: {
    /** What the token of the request permits. */
    access: Access;
    /** Aborts when the client goes away. */
    clientSignal: AbortSignal;
  };
}
