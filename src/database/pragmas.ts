import { headOf, toAsciiUpperCase } from "./sql-text.ts";

/** What a PRAGMA does to the database, or to the connection that everybody shares. */
export type PragmaKind =
  | "read"
  | "defer-foreign-keys"
  | "enforce-foreign-keys"
  | "foreign-keys"
  | "suspend-foreign-keys"
  | "optimize"
  | "refused";

/** These only report. Several take an argument in parentheses, such as a table's name. */
const reportingPragmas: ReadonlySet<string> = new Set([
  "DATA_VERSION",
  "FOREIGN_KEY_CHECK",
  "FOREIGN_KEY_LIST",
  "FUNCTION_LIST",
  "INDEX_INFO",
  "INDEX_LIST",
  "INDEX_XINFO",
  "QUICK_CHECK",
  "TABLE_INFO",
  "TABLE_LIST",
  "TABLE_XINFO",
]);

/** These report without a value, and set a flag of the connection with one. */
const flagPragmas: ReadonlySet<string> = new Set([
  "DEFER_FOREIGN_KEYS",
  "FOREIGN_KEYS",
  "RECURSIVE_TRIGGERS",
]);

/** The only one that writes and can be called as a table. SQLite would make no write transaction of it. */
const writingFunction = /pragma_optimize/i;

/** Whether a statement, or a view or trigger that it makes, may run a PRAGMA that writes while it only reads. */
export function callsWritingPragma(sql: string): boolean {
  // In whatever quotes: SQLite takes each of them for a table's name.
  return writingFunction.test(sql);
}

/** What SQLite takes for false. Anything else counts as true here: to defer is the case that needs care. */
const switchesOff: ReadonlySet<string> = new Set(["0", "OFF", "NO", "FALSE"]);

/**
 * Classifies a PRAGMA by an allow-list; undefined when the statement is none. It cannot be left to EXPLAIN,
 * because SQLite carries a flag pragma out while it compiles it.
 */
export function classifyPragma(sql: string): PragmaKind | undefined {
  const head = headOf(sql, 6);
  if (head[0] === "EXPLAIN") head.splice(0, head[1] === "QUERY" ? 3 : 1);
  if (head.shift() !== "PRAGMA") return undefined;
  if (head[1] === ".") head.splice(0, 2);
  const name = head.shift() ?? "";
  if (reportingPragmas.has(name)) return head[0] === "=" && name === "DATA_VERSION" ? "refused" : "read";
  if (name === "OPTIMIZE") return "optimize";
  if (!flagPragmas.has(name)) return "refused";
  if (head.length === 0) return "read";
  switch (name) {
    case "DEFER_FOREIGN_KEYS":
      return switchesOff.has(head[1] ?? "") ? "enforce-foreign-keys" : "defer-foreign-keys";
    case "FOREIGN_KEYS":
      return switchesOff.has(unquoted(head[1] ?? "")) ? "suspend-foreign-keys" : "foreign-keys";
    default:
      // Other calls would see the change, a rollback would not undo it, and a restart would.
      return "refused";
  }
}

function unquoted(token: string): string {
  return toAsciiUpperCase(token.replace(/^(['"`])(.*)\1$/, "$2"));
}
