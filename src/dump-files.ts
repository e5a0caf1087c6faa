/** The names of SQL files in the R2 bucket. A file belongs to one database, and lives for a limited time. */

/** What `wrangler d1 execute --file` uploads, by its MD5: the same file is uploaded once. */
export function importKey(uuid: string, md5: string): string {
  return `${importPrefix}${uuid}/${md5}.sql`;
}

/** A new file for an export. */
export function newExportKey(uuid: string): string {
  return `${exportPrefix}${uuid}/${crypto.randomUUID()}.sql`;
}

/** The SQL of a backup, for as long as it is restored. */
export function restoreKey(uuid: string, restoreId: string): string {
  return `${restorePrefix}${uuid}/${restoreId}.sql`;
}

export const importPrefix = "imports/";
export const exportPrefix = "exports/";
export const restorePrefix = "restores/";

/** Where all files of one database are. */
export function prefixesOf(uuid: string): string[] {
  return [importPrefix, exportPrefix, restorePrefix].map((prefix) => `${prefix}${uuid}/`);
}
