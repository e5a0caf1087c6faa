import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Backup } from "../../backup/backup.ts";
import type { Context } from "../context.ts";
import { type SaveFormat, saveBackup } from "../download/save-backup.ts";
import { describeTables, formatBytes, formatTime } from "../text.ts";

export interface DownloadOptions {
  /** Default: a name made of the database's and the backup's, in the current folder. */
  output?: string;
  format: SaveFormat;
  force?: boolean;
}

const extensions = { sql: ".sql", gzip: ".sql.gz", sqlite: ".sqlite3" } as const;

/** `backup download <db> <backup-id|latest>` */
export async function downloadBackup(
  { api, output, signal }: Context,
  database: string,
  id: string,
  { output: name, format, force = false }: DownloadOptions,
): Promise<void> {
  const backup = await api.find(database, id);
  const file = resolve(name ?? nameOf(backup, format));
  await saveBackup(api, backup, output, { file, format, force, signal });
  const { size } = await stat(file);
  output.result(
    { file, format, bytes: size, backup },
    `${file}: ${formatBytes(size)}, ${describeTables(backup.tables)}, as of ${formatTime(backup.taken_at)}. ${whatWasChecked(backup, format)}`,
  );
}

/** Safe as a file's name, whatever the database is called. */
function nameOf({ database_name, id }: Backup, format: SaveFormat): string {
  return `${database_name.replaceAll(/[^\w-]/g, "_")}-${id}${extensions[format]}`;
}

function whatWasChecked({ tables }: Backup, format: SaveFormat): string {
  if (format !== "sqlite") return "Its SHA-256 is the one in the manifest.";
  const rows = tables === null ? "" : ", and every table has as many rows as the manifest says";
  return `SQLite's integrity check found nothing wrong${rows}.`;
}
