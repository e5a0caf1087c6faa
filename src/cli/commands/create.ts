import type { Context } from "../context.ts";
import { describeTables, formatBytes, formatTime, printable } from "../text.ts";

/** `backup create <db>` */
export async function createBackup({ api, output }: Context, database: string): Promise<void> {
  const progress = output.progress(`Backing up ${printable(database)}`);
  const backup = await api.create(database).finally(() => progress.end());
  output.result(
    backup,
    `${backup.id}: ${printable(backup.database_name)} as of ${formatTime(backup.taken_at)}, ${describeTables(backup.tables)}, ` +
      `${formatBytes(backup.sql_bytes)} of SQL (${formatBytes(backup.gzip_bytes)} gzip).`,
  );
}
