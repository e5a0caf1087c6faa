import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { ApiExports } from "./api-exports.ts";
import type { Backup, BackupParams } from "./backup.ts";
import { type BackupEnv, requireBackups } from "./backup-env.ts";
import { BackupSteps } from "./backup-steps.ts";
import { BackupStore } from "./backup-store.ts";
import { openApi } from "./d1-api.ts";
import { problemOf } from "./problem.ts";
import { pruneBackups } from "./prune-backups.ts";
import { report } from "./report.ts";
import { readRetention } from "./retention.ts";
import { longStep } from "./step-config.ts";
import { type StepRunner, tellingOfAttempts } from "./step-runner.ts";
import { takeBackup } from "./take-backup.ts";

/** What an instance of the Workflow has done. */
export interface BackupResult {
  backup: Backup;
  /** The ids of the backups that the retention policy has had deleted. */
  deleted: string[];
}

/**
 * Backs up one database into R2, over D1's REST API: that of this Worker, or with BACKUP_API_BASE_URL and BACKUP_API_TOKEN that of
 * Cloudflare, for a D1 database.
 *
 * @example
 * // the Worker
 * export { BackupWorkflow } from "d1-procedures";
 *
 * // its wrangler.toml
 * // [[workflows]]
 * // name = "d1-procedures-backup"
 * // binding = "BACKUP_WORKFLOW"
 * // class_name = "BackupWorkflow"
 */
export class BackupWorkflow extends WorkflowEntrypoint<BackupEnv, BackupParams> {
  override async run(event: WorkflowEvent<BackupParams>, workflowStep: WorkflowStep): Promise<BackupResult> {
    const { instanceId, payload } = event;
    const databaseId = String(payload?.databaseId);
    const step = tellingOfAttempts(workflowStep, (name, error) =>
      report(this.env, {
        event: "backup",
        outcome: "step-failed",
        databaseId,
        instanceId,
        step: name,
        error,
      }),
    );
    try {
      checkParams(payload);
      const api = openApi(this.env, this.ctx);
      const exports = new ApiExports(api, payload.accountId, payload.databaseId);
      const bucket = requireBackups(this.env);
      const steps = new BackupSteps(exports, bucket, instanceId, payload.reason ?? "request");
      const backup = await takeBackup(step, steps);
      const { id: backupId, sql_bytes: sqlBytes } = backup;
      report(this.env, { event: "backup", outcome: "stored", databaseId, instanceId, backupId, sqlBytes });
      return { backup, deleted: await this.#prune(new BackupStore(bucket), step, backup, instanceId) };
    } catch (cause) {
      const error = problemOf(cause);
      report(this.env, { event: "backup", outcome: "failed", databaseId, instanceId, error });
      // Of an error that says by its class that it is final, the status of the instance would not have the message.
      throw new Error(error, { cause });
    }
  }

  /** The backup is there, and stays, whatever becomes of the old ones. */
  async #prune(store: BackupStore, step: StepRunner, backup: Backup, instanceId: string): Promise<string[]> {
    const { database_uuid: uuid } = backup;
    try {
      const retention = readRetention(this.env.BACKUP_RETENTION);
      const { deleted, swept } = await step.do("delete what is no longer kept", longStep, () =>
        pruneBackups(store, uuid, retention, Date.now()),
      );
      report(this.env, {
        event: "backup",
        outcome: "pruned",
        databaseId: uuid,
        instanceId,
        deleted: deleted.length,
        swept,
      });
      return deleted;
    } catch (error) {
      report(this.env, {
        event: "backup",
        outcome: "not-pruned",
        databaseId: uuid,
        instanceId,
        error: problemOf(error),
      });
      return [];
    }
  }
}

/** Whoever may start an instance can give it any parameters. */
function checkParams(params: Partial<BackupParams> | undefined): void {
  if (typeof params?.accountId === "string" && typeof params.databaseId === "string") return;
  throw new Error("The parameters of a backup are { accountId, databaseId }, both strings.");
}
