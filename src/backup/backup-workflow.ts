import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { messageOf } from "../errors.ts";
import {
  backupExports,
  backupPollDelayMs,
  backupPolls,
  backupPollTimeoutMs,
  backupRetries,
  backupRetryDelayMs,
  backupStartTimeoutMs,
  backupStoreTimeoutMs,
} from "../limits.ts";
import type { Backup, BackupParams } from "./backup.ts";
import { type BackupEnv, requireBackups } from "./backup-env.ts";
import { BackupSteps } from "./backup-steps.ts";
import { openApi } from "./d1-api.ts";
import { report } from "./report.ts";
import { readRetention } from "./retention.ts";

/** What an instance of the Workflow has done. */
export interface BackupResult {
  backup: Backup;
  /** The ids of the backups that the retention policy has had deleted. */
  deleted: string[];
}

const retries = { limit: backupRetries, delay: backupRetryDelayMs, backoff: "exponential" } as const;

const startConfig = { retries, timeout: backupStartTimeoutMs };
const waitConfig = {
  retries: { limit: backupPolls, delay: backupPollDelayMs, backoff: "constant" },
  timeout: backupPollTimeoutMs,
} as const;
const storeConfig = { retries, timeout: backupStoreTimeoutMs };

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
  override async run(event: WorkflowEvent<BackupParams>, step: WorkflowStep): Promise<BackupResult> {
    const { instanceId, payload } = event;
    const databaseId = String(payload?.databaseId);
    try {
      checkParams(payload);
      const api = openApi(this.env, this.ctx);
      const steps = new BackupSteps(api, requireBackups(this.env), instanceId, payload);
      const backup = await this.#backUp(steps, step);
      const { id: backupId, sql_bytes: sqlBytes } = backup;
      report({ outcome: "stored", databaseId, instanceId, backupId, sqlBytes });
      return { backup, deleted: await this.#prune(steps, step, backup, instanceId) };
    } catch (cause) {
      const error = problemOf(cause);
      report({ outcome: "failed", databaseId, instanceId, error });
      // Of an error that says by its class that it is final, the status of the instance would not have the message.
      throw new Error(error, { cause });
    }
  }

  async #backUp(steps: BackupSteps, step: WorkflowStep): Promise<Backup> {
    let problem = "";
    for (let round = 1; round <= backupExports; round++) {
      // Steps are known by their names: what each has returned is kept under it.
      const nth = round === 1 ? "" : ` (${round})`;
      const started = await step.do(`start the export${nth}`, startConfig, () => steps.startExport());
      const waited = await step.do(`wait for the export${nth}`, waitConfig, () =>
        steps.waitForExport(started),
      );
      const stored =
        waited.ended === "lost"
          ? waited
          : await step.do(`store it in R2${nth}`, storeConfig, () => steps.store(started));
      if (!("ended" in stored)) return stored;
      problem = stored.problem;
    }
    throw new Error(`${backupExports} exports have failed, the last one so: ${problem}`);
  }

  /** The backup is there, and stays, whatever becomes of the old ones. */
  async #prune(
    steps: BackupSteps,
    step: WorkflowStep,
    backup: Backup,
    instanceId: string,
  ): Promise<string[]> {
    const { database_uuid: uuid } = backup;
    try {
      const retention = readRetention(this.env.BACKUP_RETENTION);
      const { deleted, swept } = await step.do("delete what is no longer kept", storeConfig, () =>
        steps.prune(uuid, retention),
      );
      report({ outcome: "pruned", databaseId: uuid, instanceId, deleted: deleted.length, swept });
      return deleted;
    } catch (error) {
      report({ outcome: "not-pruned", databaseId: uuid, instanceId, error: problemOf(error) });
      return [];
    }
  }
}

/** What a step has thrown comes with the names of its classes in front. */
function problemOf(error: unknown): string {
  return messageOf(error).replace(/^(\w*Error: )+/, "");
}

/** Whoever may start an instance can give it any parameters. */
function checkParams(params: Partial<BackupParams> | undefined): void {
  if (typeof params?.accountId === "string" && typeof params.databaseId === "string") return;
  throw new Error("The parameters of a backup are { accountId, databaseId }, both strings.");
}
