import type { BackupEnv } from "./backup-env.ts";

/** What became of a backup or a restore, for the one line that the Worker logs of it, and for the metrics. */
export type Outcome = BackupOutcome | RestoreOutcome;

type BackupOutcome = { event: "backup" } & (
  | { outcome: "stored"; databaseId: string; instanceId: string; backupId: string; sqlBytes: number }
  | { outcome: "failed"; databaseId: string; instanceId: string; error: string }
  | { outcome: "pruned"; databaseId: string; instanceId: string; deleted: number; swept: number }
  | { outcome: "step-failed"; databaseId: string; instanceId: string; step: string; error: string }
  | { outcome: "not-pruned"; databaseId: string; instanceId: string; error: string }
  | { outcome: "not-started"; databaseId: string; error: string }
  | { outcome: "scheduled"; started: number; unchanged: number; failed: number }
);

type RestoreOutcome = { event: "restore" } & (
  | { outcome: "restored"; databaseId: string; instanceId: string; backupId: string; sqlBytes: number }
  | { outcome: "failed"; databaseId: string; instanceId: string; backupId: string; error: string }
  | {
      outcome: "step-failed";
      databaseId: string;
      instanceId: string;
      backupId: string;
      step: string;
      error: string;
    }
);

/**
 * Logs one line of JSON: what failed as an error, so that a filter or an alert finds it, and the attempt of a step, which is repeated,
 * as a warning. With the binding BACKUP_METRICS it is a data
 * point as well: blobs are the event, the outcome and the id of the database; the one double is the bytes of SQL, where there are any.
 */
export function report(env: Pick<BackupEnv, "BACKUP_METRICS">, outcome: Outcome): void {
  const line = JSON.stringify(outcome);
  if (outcome.outcome === "step-failed") console.warn(line);
  else if ("error" in outcome) console.error(line);
  else console.log(line);
  const databaseId = "databaseId" in outcome ? outcome.databaseId : "";
  env.BACKUP_METRICS?.writeDataPoint({
    // An index has 96 bytes at most, and the id is configuration.
    indexes: [databaseId.slice(0, 32)],
    blobs: [outcome.event, outcome.outcome, databaseId],
    doubles: ["sqlBytes" in outcome ? outcome.sqlBytes : 0],
  });
}
