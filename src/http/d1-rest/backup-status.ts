import type { Backup } from "../../backup/backup.ts";
import type { BackupResult } from "../../backup/backup-workflow.ts";
import { transferPollMs } from "../../limits.ts";

/** How far a backup is. */
export type BackupStatus = { instance_id: string } & (
  | { status: "active" }
  | { status: "complete"; backup: Backup }
  | { status: "error"; error: string }
);

/** Milliseconds between two looks at an instance: the first, and the longest. */
const firstPauseMs = 50;
const longestPauseMs = 1_000;

/** The status of an instance when it ends, or after a while. */
export async function statusSoon(instance: WorkflowInstance): Promise<BackupStatus> {
  const deadline = Date.now() + transferPollMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const status = statusOf(instance.id, await instance.status());
    if (status.status !== "active" || Date.now() + pauseMs > deadline) return status;
    await scheduler.wait(pauseMs);
  }
}

function statusOf(instance_id: string, { status, output, error }: InstanceStatus): BackupStatus {
  switch (status) {
    case "complete":
      return { instance_id, status, backup: (output as BackupResult).backup };
    case "errored":
      return { instance_id, status: "error", error: error?.message ?? "The instance has failed." };
    case "terminated":
      return { instance_id, status: "error", error: "The instance was terminated." };
    default:
      return { instance_id, status: "active" };
  }
}
