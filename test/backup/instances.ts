import { introspectWorkflowInstance } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { BackupParams } from "../../src/backup/backup.ts";
import type { BackupResult } from "../../src/backup/backup-workflow.ts";

type Introspector = Awaited<ReturnType<typeof introspectWorkflowInstance>>;
type Modifier = Parameters<Parameters<Introspector["modify"]>[0]>[0];

/** The steps of the Workflow. */
export const steps = {
  start: { name: "start the export" },
  wait: { name: "wait for the export" },
  store: { name: "store it in R2" },
  prune: { name: "delete what is no longer kept" },
};

export interface RunOptions {
  /** What is to happen to its steps. */
  modify?: (modifier: Modifier) => Promise<void>;
  id?: string;
  workflow?: Workflow<BackupParams>;
}

async function run(
  params: BackupParams,
  status: "complete" | "errored",
  { modify, id = crypto.randomUUID(), workflow = env.BACKUP_WORKFLOW }: RunOptions,
): Promise<Introspector> {
  const instance = await introspectWorkflowInstance(workflow, id);
  await instance.modify(async (modifier) => {
    // Waits of seconds and minutes, which only cost time here.
    await modifier.disableRetryDelays();
    await modify?.(modifier);
  });
  await workflow.create({ id, params });
  await instance.waitForStatus(status);
  return instance;
}

export function paramsOf(databaseId: string): BackupParams {
  return { accountId: env.ACCOUNT_ID, databaseId };
}

/** Runs an instance of the Workflow to its good end. */
export async function backUp(params: BackupParams, options: RunOptions = {}): Promise<BackupResult> {
  await using instance = await run(params, "complete", options);
  return (await instance.getOutput()) as BackupResult;
}

/** Runs an instance of the Workflow that fails, and gives the message of its error. */
export async function failToBackUp(params: BackupParams, options: RunOptions = {}): Promise<string> {
  await using instance = await run(params, "errored", options);
  return (await instance.getError()).message;
}

/** What is logged as JSON from here on. */
export function watchLog(): { lines: () => Record<string, unknown>[] } {
  const spies = [vi.spyOn(console, "log"), vi.spyOn(console, "error")];
  for (const spy of spies) spy.mockImplementation(() => {});
  return {
    lines: () =>
      spies
        .flatMap((spy) => spy.mock.calls)
        .flatMap(([line]) => (/^\{/.test(line) ? [JSON.parse(line)] : [])),
  };
}
