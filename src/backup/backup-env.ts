import { DatabaseError } from "../errors.ts";
import type { BackupParams } from "./backup.ts";

/** What backups read from the Worker's `env`. */
export interface BackupEnv {
  /** The bucket of backups: another one than DUMPS, whose files expire. */
  BACKUPS?: R2Bucket;
  /** The Workflow of the class `BackupWorkflow`. */
  BACKUP_WORKFLOW?: Workflow<BackupParams>;
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

/** @throws DatabaseError INVALID_BINDING that says what to add to wrangler.toml. */
export function requireBackups({ BACKUPS }: BackupEnv): R2Bucket {
  if (BACKUPS === undefined) throw missing("BACKUPS", backupsLines);
  return BACKUPS;
}

/** @throws DatabaseError INVALID_BINDING that says what to add to wrangler.toml. */
export function requireWorkflow({ BACKUP_WORKFLOW }: BackupEnv): Workflow<BackupParams> {
  if (BACKUP_WORKFLOW === undefined) throw missing("BACKUP_WORKFLOW", workflowLines);
  return BACKUP_WORKFLOW;
}

export const backupsLines = `[[r2_buckets]]
binding = "BACKUPS"
bucket_name = "d1-procedures-backups"`;

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
