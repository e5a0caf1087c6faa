import { introspectWorkflowInstance } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { Backup, BackupParams } from "../../src/backup/backup.ts";
import type { BackupResult } from "../../src/backup/backup-workflow.ts";
import type { RestoreParams, RestoreReport, RestoreTarget } from "../../src/backup/restore.ts";

type Introspector = Awaited<ReturnType<typeof introspectWorkflowInstance>>;
type Modifier = Parameters<Parameters<Introspector["modify"]>[0]>[0];

/** The steps of a backup. */
export const steps = {
  start: { name: "start the export" },
  wait: { name: "wait for the export" },
  store: { name: "store it in R2" },
  prune: { name: "delete what is no longer kept" },
};

/** The steps of a restore, of a database that has something. */
export const restoreSteps = {
  verify: { name: "verify the backup" },
  fill: { name: "start to fill a new object" },
  wait: { name: "wait until it is filled" },
  compare: { name: "compare the rows" },
  export: { name: "start the export of the database as it is" },
  waitForExport: { name: "wait for the export of the database as it is" },
  store: { name: "store it in R2 of the database as it is" },
  switch: { name: "switch to what was restored" },
  tidyUp: { name: "tidy up" },
};

export interface RunOptions<Params = BackupParams> {
  /** What is to happen to its steps. */
  modify?: (modifier: Modifier) => Promise<void>;
  id?: string;
  workflow?: Workflow<Params>;
}

async function run<Params>(
  params: Params,
  status: "complete" | "errored",
  { modify, id = crypto.randomUUID() }: RunOptions<Params>,
  workflow: Workflow<Params>,
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
  await using instance = await run(params, "complete", options, options.workflow ?? env.BACKUP_WORKFLOW);
  return (await instance.getOutput()) as BackupResult;
}

/** Runs an instance of the Workflow that fails, and gives the message of its error. */
export async function failToBackUp(params: BackupParams, options: RunOptions = {}): Promise<string> {
  await using instance = await run(params, "errored", options, options.workflow ?? env.BACKUP_WORKFLOW);
  return (await instance.getError()).message;
}

/** Restores a backup into a database of the catalog: by default the one that it is of. */
export function restoreParamsOf(backup: Backup, into: Partial<RestoreTarget> = {}): RestoreParams {
  const databaseId = into.databaseId ?? backup.database_uuid;
  return {
    backup: { databaseId: backup.database_uuid, id: backup.id },
    into: {
      databaseId,
      name: "library",
      objectName: databaseId,
      created: false,
      isConfigured: false,
      ...into,
    },
  };
}

/** Runs an instance of the Workflow of restores to its good end. */
export async function restore(
  params: RestoreParams,
  options: RunOptions<RestoreParams> = {},
): Promise<RestoreReport> {
  await using instance = await run(params, "complete", options, env.RESTORE_WORKFLOW);
  return (await instance.getOutput()) as RestoreReport;
}

/** Runs an instance of the Workflow of restores that fails, and gives the message of its error. */
export async function failToRestore(
  params: RestoreParams,
  options: RunOptions<RestoreParams> = {},
): Promise<string> {
  await using instance = await run(params, "errored", options, env.RESTORE_WORKFLOW);
  return (await instance.getError()).message;
}

/** What is logged as JSON from here on, and what of it as an error. */
export function watchLog(): Record<"lines" | "errors", () => Record<string, unknown>[]> {
  const spies = [vi.spyOn(console, "log"), vi.spyOn(console, "warn"), vi.spyOn(console, "error")];
  for (const spy of spies) spy.mockImplementation(() => {});
  const linesOf = (some: typeof spies) =>
    some.flatMap((spy) => spy.mock.calls).flatMap(([line]) => (/^\{/.test(line) ? [JSON.parse(line)] : []));
  return { lines: () => linesOf(spies), errors: () => linesOf(spies.slice(-1)) };
}
