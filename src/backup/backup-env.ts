import type { GenerationNamespace } from "../database-generations.ts";
import { DatabaseError } from "../errors.ts";
import type { BackupParams } from "./backup.ts";

/** What backups read from the Worker's `env`. */
export interface BackupEnv {
  /** The bucket of backups: another one than DUMPS, whose files expire. */
  BACKUPS?: R2Bucket;
  /** The Workflow of the class `BackupWorkflow`. */
  BACKUP_WORKFLOW?: Workflow<BackupParams>;
  /** Where backups and restores are counted: a dataset of Analytics Engine. Without it they are logged only. */
  BACKUP_METRICS?: AnalyticsEngineDataset;
  /** How many backups are kept: `{ hourly, daily, monthly }`. */
  BACKUP_RETENTION?: unknown;
  /** The account whose databases the schedule backs up. Default: `"local"`. */
  ACCOUNT_ID?: string;
  /** The token of the Worker's own REST API: a secret. */
  API_TOKEN?: string;
  /**
   * Another D1 REST API than the Worker's own, `https://api.cloudflare.com/client/v4` say: everything is backed up from there.
   */
  BACKUP_API_BASE_URL?: string;
  /** The token of that API: a secret. */
  BACKUP_API_TOKEN?: string;
}

/** What restores read from the Worker's `env`. */
export interface RestoreEnv extends Pick<BackupEnv, "BACKUPS" | "BACKUP_METRICS"> {
  /** The Durable Object namespace of the databases. */
  DB: GenerationNamespace & { jurisdiction(jurisdiction: string): GenerationNamespace };
  /** The namespace of the class `Catalog`. */
  CATALOG?: GenerationNamespace;
  /** The bucket of SQL files on their way in and out. */
  DUMPS?: R2Bucket;
}

/** @throws DatabaseError INVALID_BINDING that says what to add to wrangler.toml. */
export function requireBackups({ BACKUPS }: Pick<BackupEnv, "BACKUPS">): R2Bucket {
  if (BACKUPS === undefined) throw missing("BACKUPS", backupsLines);
  return BACKUPS;
}

/** @throws DatabaseError INVALID_BINDING that says what to add to wrangler.toml. */
export function requireWorkflow({ BACKUP_WORKFLOW }: BackupEnv): Workflow<BackupParams> {
  if (BACKUP_WORKFLOW === undefined) throw missing("BACKUP_WORKFLOW", workflowLines);
  return BACKUP_WORKFLOW;
}

/** @throws DatabaseError INVALID_BINDING that says what to add to wrangler.toml. */
export function requireDumps({ DUMPS }: RestoreEnv): R2Bucket {
  if (DUMPS === undefined) throw missing("DUMPS", dumpsLines);
  return DUMPS;
}

export const backupsLines = `[[r2_buckets]]
binding = "BACKUPS"
bucket_name = "d1-procedures-backups"`;

export const dumpsLines = `[[r2_buckets]]
binding = "DUMPS"
bucket_name = "d1-procedures-dumps"`;

export const restoreWorkflowLines = `[[workflows]]
name = "d1-procedures-restore"
binding = "RESTORE_WORKFLOW"
class_name = "RestoreWorkflow"

and to the Worker:

export { RestoreWorkflow } from "d1-procedures";`;

export const workflowLines = `[[workflows]]
name = "d1-procedures-backup"
binding = "BACKUP_WORKFLOW"
class_name = "BackupWorkflow"

and to the Worker:

export { BackupWorkflow } from "d1-procedures";`;

function missing(name: string, lines: string): DatabaseError {
  return new DatabaseError(
    "INVALID_BINDING",
    `Backups need the binding ${name}, which the Worker does not have. Add to wrangler.toml:\n\n${lines}`,
  );
}
