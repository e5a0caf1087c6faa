import { readSchema } from "./export/schema.ts";
import { quoteIdentifier } from "./quote-identifier.ts";

/**
 * What drops all that is the user's, and keeps what the object knows of itself: deleteAll() would take that along. Triggers and indexes
 * go with their tables, the tables in which a full-text index keeps its data with the index.
 */
export function dropStatements(sql: SqlStorage): string[] {
  const { tables, views } = readSchema(sql);
  const isPlain = (kind: string) => kind === "rowid" || kind === "without-rowid";
  const virtualFirst = tables.toSorted(
    (left, right) => Number(isPlain(left.kind)) - Number(isPlain(right.kind)),
  );
  return [
    ...views.map(({ name }) => `DROP VIEW ${quoteIdentifier(name)}`),
    ...virtualFirst.map(({ name }) => `DROP TABLE ${quoteIdentifier(name)}`),
  ];
}
