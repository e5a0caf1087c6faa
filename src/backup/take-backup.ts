import type { WorkflowStepConfig } from "cloudflare:workers";
import { backupExports } from "../limits.ts";
import type { Backup } from "./backup.ts";
import type { BackupSteps } from "./backup-steps.ts";
import { longStep, pollingStep, shortStep } from "./step-config.ts";
import type { StepRunner } from "./step-runner.ts";

/**
 * Takes a backup in the steps of a Workflow: an export, which is polled, and stored. One that is lost is started anew.
 *
 * @param what Of which backup, in the names of the steps: they are known by them, and what each has returned is kept under it.
 * @param startConfig How often the start is tried.
 */
export async function takeBackup(
  step: StepRunner,
  steps: BackupSteps,
  { what = "", startConfig = shortStep }: { what?: string; startConfig?: WorkflowStepConfig } = {},
): Promise<Backup> {
  let problem = "";
  for (let round = 1; round <= backupExports; round++) {
    const name = `${what}${round === 1 ? "" : ` (${round})`}`;
    const started = await step.do(`start the export${name}`, startConfig, () => steps.startExport());
    const waited = await step.do(`wait for the export${name}`, pollingStep, () =>
      steps.waitForExport(started),
    );
    const stored =
      waited.ended === "lost"
        ? waited
        : await step.do(`store it in R2${name}`, longStep, () => steps.store(started));
    if (!("ended" in stored)) return stored;
    problem = stored.problem;
  }
  throw new Error(`${backupExports} exports have failed, the last one so: ${problem}`);
}
