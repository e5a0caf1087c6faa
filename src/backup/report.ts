/** What became of a backup, for the one line that the Worker logs of it. */
export type BackupOutcome =
  | { outcome: "stored"; databaseId: string; instanceId: string; backupId: string; sqlBytes: number }
  | { outcome: "failed"; databaseId: string; instanceId: string; error: string }
  | { outcome: "pruned"; databaseId: string; instanceId: string; deleted: number; swept: number }
  | { outcome: "not-pruned"; databaseId: string; instanceId: string; error: string }
  | { outcome: "not-started"; databaseId: string; error: string }
  | { outcome: "scheduled"; started: number; unchanged: number; failed: number };

/** Logs one line of JSON: what failed as an error, so that a filter or an alert finds it. */
export function report(outcome: BackupOutcome): void {
  const line = JSON.stringify({ event: "backup", ...outcome });
  if ("error" in outcome) console.error(line);
  else console.log(line);
}
