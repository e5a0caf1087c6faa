import type { Backup } from "../../backup/backup.ts";
import type { RestoreReport } from "../../backup/restore.ts";
import type { Database, RestoreTarget } from "../backup-api.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { CliError, UsageError } from "../failure.ts";
import { countOf, describeTables, formatBytes, formatTime, printable } from "../text.ts";
import { restoreLocally } from "./restore-locally.ts";

export interface RestoreOptions {
  /** Another database that exists, by its name or uuid. */
  into?: string;
  /** The name of a new database. */
  create?: string;
  /** Ask nothing. */
  yes?: boolean;
  /** Into the local state of the wrangler project in the current folder. */
  local?: boolean;
  /** The project's configuration, with `local`. */
  config?: string;
  /** Where the project keeps its local state, with `local`. */
  persistTo?: string;
}

/** `backup restore <db> <backup-id|latest>` */
export async function restoreBackup(
  context: Context,
  database: string,
  id: string,
  options: RestoreOptions,
): Promise<void> {
  const { api, output } = context;
  const { into, create, local, config, persistTo } = options;
  const target: RestoreTarget = {
    ...(into !== undefined && { into }),
    ...(create !== undefined && { create }),
  };
  if (local) {
    await restoreLocally(context, database, id, { target, config, persistTo, yes: options.yes === true });
    return;
  }
  if (config !== undefined || persistTo !== undefined) {
    throw new UsageError(
      "--config and --persist-to are for --local: they say which local state a backup is put into.",
    );
  }
  const backup = await api.find(database, id);
  const replaced = create === undefined ? await findReplaced(context, backup, into) : undefined;
  if (replaced !== undefined && !options.yes) {
    const facts = [
      replaced.uuid,
      ...(replaced.file_size === undefined ? [] : [formatBytes(replaced.file_size)]),
      ...(replaced.num_tables === undefined ? [] : [countOf(replaced.num_tables, "table")]),
    ];
    await confirm(
      context,
      `${printable(replaced.name)} (${printable(facts.join(", "))}) becomes what it was in the backup\n${describeBackup(backup)}\n` +
        "What it is now becomes a backup first, so that this can be undone.",
      `Replace all that is in ${printable(replaced.name)}?`,
    );
  }
  const progress = output.progress(`Restoring ${backup.id}`);
  const report = await api.restore(backup, target).finally(() => progress.end());
  output.result(report, describeReport(report));
}

async function findReplaced({ api }: Context, backup: Backup, into: string | undefined): Promise<Database> {
  try {
    return await api.database(into ?? backup.database_uuid);
  } catch (error) {
    if (into !== undefined || !(error instanceof CliError) || error.details.status !== 404) throw error;
    throw new CliError(
      `The database ${backup.database_uuid} is not there any more. Restore it into a new one: --create ${printable(backup.database_name)}`,
      { cause: error, ...error.details },
    );
  }
}

/** A backup, for somebody who decides whether to restore it. */
export function describeBackup(backup: Backup): string {
  return (
    `${backup.id} of ${printable(backup.database_name)}: taken at ${formatTime(backup.taken_at)} (${backup.reason}), ` +
    `${describeTables(backup.tables)}, ${formatBytes(backup.sql_bytes)} of SQL.`
  );
}

/** What a restore has done. */
export function describeReport(report: RestoreReport): string {
  const name = printable(report.database_name);
  const done = report.created ? `Created ${name} (${printable(report.database_uuid)})` : `Restored ${name}`;
  const undo =
    report.safety_backup_id === null
      ? ""
      : `\nWhat it was before is the backup ${printable(report.safety_backup_id)}; to undo this, restore that.`;
  return `${done}: it is as of ${formatTime(report.taken_at)}, ${describeTables(report.tables)}.${undo}`;
}
