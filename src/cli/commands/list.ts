import type { Context } from "../context.ts";
import { countOf, formatBytes, formatCount, formatTable, formatTime, printable } from "../text.ts";

export interface ListOptions {
  /** From 1. */
  page: number;
  perPage: number;
}

const columns = [
  { title: "ID" },
  { title: "TAKEN AT" },
  { title: "REASON" },
  { title: "SQL", align: "right" },
  { title: "GZIP", align: "right" },
  { title: "ROWS", align: "right" },
  { title: "TABLES", align: "right" },
] as const;

/** `backup list <db>` */
export async function listBackups(
  { api, output }: Context,
  database: string,
  options: ListOptions,
): Promise<void> {
  const found = await api.list(database, options.page, options.perPage);
  const rows = found.backups.map(({ id, taken_at, reason, sql_bytes, gzip_bytes, tables }) => [
    printable(id),
    formatTime(taken_at),
    reason,
    formatBytes(sql_bytes),
    formatBytes(gzip_bytes),
    tables === null ? "?" : formatCount(tables.reduce((sum, table) => sum + table.rows, 0)),
    tables === null ? "?" : formatCount(tables.length),
  ]);
  output.result(
    found,
    [...(rows.length > 0 ? [formatTable(columns, rows)] : []), summaryOf(database, found)].join("\n"),
  );
}

function summaryOf(
  database: string,
  found: { page: number; total_count: number; total_pages: number },
): string {
  const { page, total_count, total_pages } = found;
  const name = printable(database);
  if (total_count === 0) return `${name} has no backups. Make one: npx d1-procedures backup create ${name}`;
  const count = countOf(total_count, "backup");
  if (total_pages <= 1) return `${count}.`;
  const older = page < total_pages ? `; --page ${page + 1} shows older ones` : "";
  return `Page ${page} of ${total_pages}, ${count}${older}.`;
}
