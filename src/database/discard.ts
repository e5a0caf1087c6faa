import { readSchema } from "./export/schema.ts";
import { quoteIdentifier } from "./quote-identifier.ts";
import { rawRows } from "./raw-rows.ts";

/** Drops all that is the user's, and keeps what the object knows of itself: deleteAll() would take that along. */
export function dropEverything(sql: SqlStorage): void {
  const { tables, views } = readSchema(sql);
  // Triggers and indexes go with their tables, the tables in which an index keeps its data with the index.
  const drop = (type: "TABLE" | "VIEW", name: string) =>
    rawRows(sql.exec(`DROP ${type} IF EXISTS ${quoteIdentifier(name)}`));
  for (const { name } of views) drop("VIEW", name);
  const virtualFirst = [...tables].sort((left, right) => Number(isPlain(left)) - Number(isPlain(right)));
  for (const { name } of virtualFirst) drop("TABLE", name);
}

function isPlain({ kind }: { kind: string }): boolean {
  return kind === "rowid" || kind === "without-rowid";
}
