/** A text of somebody else's, without the characters that move the cursor of a terminal, change its colours or turn its text round. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, " ").trim();
}

/** Bytes as people read them: `999 B`, `12.3 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  // What would be rounded to 1000 as well.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** `1,204`. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** `1 row`, `1,204 rows`. */
export function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `2026-11-21 14:00:03 UTC`. */
export function formatTime(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** What a backup or a restore knows of its tables. */
export function describeTables(tables: readonly { rows: number }[] | null): string {
  if (tables === null) return "rows not known";
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return `${countOf(rows, "row")} in ${countOf(tables.length, "table")}`;
}

/** Columns under their titles. Those of numbers end at one place. */
export function formatTable(
  columns: readonly { title: string; align?: "right" }[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]!.length)),
  );
  return [columns.map(({ title }) => title), ...rows]
    .map((cells) =>
      cells
        .map((cell, index) =>
          columns[index]!.align === "right" ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The end of what another program has printed, for a message. */
export function lastLines(printed: string, count = 15): string {
  return printed.trim().split("\n").slice(-count).map(printable).join("\n");
}
