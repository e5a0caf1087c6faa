import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import { backupExports } from "../limits.ts";
import type { Backup } from "./backup.ts";
import { type RestoreEnv, requireBackups, requireDumps } from "./backup-env.ts";
import { BackupSteps } from "./backup-steps.ts";
import { ObjectExports } from "./object-exports.ts";
import { problemOf } from "./problem.ts";
import { report } from "./report.ts";
import type { RestoreParams, RestoreReport } from "./restore.ts";
import { type RestoreStart, RestoreSteps, type Switched } from "./restore-steps.ts";
import { longStep, pollingStep, shortStep } from "./step-config.ts";
import { type StepRunner, tellingOfAttempts } from "./step-runner.ts";
import { takeBackup } from "./take-backup.ts";

/**
 * Restores a backup into a database, all or nothing at any size: fills a new object beside the one that holds the database, takes a
 * safety backup of that, and then switches to the new one with a single write. Started by the REST API.
 *
 * @example
 * // the Worker
 * export { RestoreWorkflow } from "d1-procedures";
 *
 * // its wrangler.toml
 * // [[workflows]]
 * // name = "d1-procedures-restore"
 * // binding = "RESTORE_WORKFLOW"
 * // class_name = "RestoreWorkflow"
 */
export class RestoreWorkflow extends WorkflowEntrypoint<RestoreEnv, RestoreParams> {
  override async run(
    event: WorkflowEvent<RestoreParams>,
    workflowStep: WorkflowStep,
  ): Promise<RestoreReport> {
    const { instanceId, payload } = event;
    const databaseId = String(payload?.into?.databaseId);
    const backupId = String(payload?.backup?.id);
    const step = tellingOfAttempts(workflowStep, (name, error) =>
      report(this.env, {
        event: "restore",
        outcome: "step-failed",
        databaseId,
        instanceId,
        backupId,
        step: name,
        error,
      }),
    );
    try {
      checkParams(payload);
      const { restored, sqlBytes } = await this.#restore(payload, instanceId, step);
      report(this.env, { event: "restore", outcome: "restored", databaseId, instanceId, backupId, sqlBytes });
      return restored;
    } catch (cause) {
      const error = problemOf(cause);
      report(this.env, { event: "restore", outcome: "failed", databaseId, instanceId, backupId, error });
      // Of an error that says by its class that it is final, the status of the instance would not have the message.
      throw new Error(error, { cause });
    }
  }

  async #restore(params: Readonly<RestoreParams>, instanceId: string, step: StepRunner) {
    const { into } = params;
    const steps = new RestoreSteps(this.env, instanceId, params);
    const backUp = (start: RestoreStart, what: string) => {
      const database = { uuid: into.databaseId, name: into.name };
      const source = new ObjectExports(steps.currentObject(start), database, requireDumps(this.env));
      // Another id, or the second would be taken for the first.
      const id = `${instanceId}${what}`;
      const backupSteps = new BackupSteps(source, requireBackups(this.env), id, "before-restore");
      // Another export of the database may be running: that of the hour, say.
      return takeBackup(step, backupSteps, { what, startConfig: pollingStep });
    };

    let start: RestoreStart | undefined;
    let safety: Backup | undefined;
    let numQueries = 0;
    let switched: Switched;
    try {
      const verified = await step.do("verify the backup", longStep, () => steps.verify());
      start = verified;
      const filled = await this.#fill(steps, step);
      numQueries = filled.numQueries;
      await step.do("compare the rows", longStep, () => steps.compare(verified));
      if (!start.current.isEmpty) safety = await backUp(start, " of the database as it is");
      switched = await step.do("switch to what was restored", shortStep, () =>
        steps.switchOver(verified, filled.importId),
      );
    } catch (error) {
      const tooLate = await step.do("remove what was restored", shortStep, () => steps.undo(start));
      if (tooLate === null || start === undefined) {
        throw new Error(`Nothing was changed: ${problemOf(error)}`, { cause: error });
      }
      switched = tooLate;
    }

    try {
      // Written between the safety backup and the switch: the object that has ended still has it, and nothing more can come.
      const isSafe = switched.bookmark === (safety ?? start.current).bookmark;
      if (!isSafe) safety = await backUp(start, " with what was written last");
      await step.do("tidy up", shortStep, () => steps.tidyUp());
    } catch (error) {
      throw new Error(`The database was restored, but: ${problemOf(error)}`, { cause: error });
    }

    const { backup } = start;
    const restored: RestoreReport = {
      backup_id: backup.id,
      backup_database_uuid: backup.database_uuid,
      taken_at: backup.taken_at,
      database_uuid: into.databaseId,
      database_name: into.name,
      created: into.created,
      num_queries: numQueries,
      tables: backup.tables,
      safety_backup_id: safety?.id ?? null,
      restored_at: switched.restoredAt,
    };
    return { restored, sqlBytes: backup.sql_bytes };
  }

  async #fill(steps: RestoreSteps, step: StepRunner): Promise<{ importId: string; numQueries: number }> {
    let problem = "";
    for (let round = 1; round <= backupExports; round++) {
      const nth = round === 1 ? "" : ` (${round})`;
      const importId = await step.do(`start to fill a new object${nth}`, shortStep, () => steps.fill());
      const filled = await step.do(`wait until it is filled${nth}`, pollingStep, () =>
        steps.waitUntilFilled(importId),
      );
      if (filled.ended === "complete") return { importId, numQueries: filled.numQueries };
      problem = filled.problem;
    }
    throw new Error(
      `${backupExports} attempts to restore the backup have failed, the last one so: ${problem}`,
    );
  }
}

/** Whoever may start an instance can give it any parameters. */
function checkParams(params: Partial<RestoreParams> | undefined): asserts params is RestoreParams {
  const { backup, into } = params ?? {};
  const texts = [backup?.databaseId, backup?.id, into?.databaseId, into?.name, into?.objectName];
  if (texts.every((text) => typeof text === "string" && text !== "")) return;
  throw new Error(
    "The parameters of a restore are { backup: { databaseId, id }, into: { databaseId, name, objectName, created } }. " +
      "Start one with POST .../d1/database/{id}/backup/{backup}/restore, which knows them.",
  );
}
