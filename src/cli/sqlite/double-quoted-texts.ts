import { tokens } from "../../d1/sql-tokens.ts";

/** What SQLite says of a name in double quotes that is no column's. */
const noSuchColumn = /^no such column: "([\s\S]*)" - should this be a string literal in single-quotes\?$/;

/**
 * Durable Objects, as D1 and older SQLite, take `CHECK (size IN ("small", "large"))` for texts where no column has such a name; a SQLite
 * that is built as its authors recommend does not. This writes such a text in single quotes.
 *
 * @param problem What SQLite says of the statement.
 * @returns Undefined where that is not what is wrong.
 */
export function withTextInSingleQuotes(sql: string, problem: string): string | undefined {
  const text = noSuchColumn.exec(problem)?.[1];
  if (text === undefined) return undefined;
  const doubleQuoted = `"${text.replaceAll('"', '""')}"`;
  let result = "";
  for (const { start, end } of tokens(sql)) {
    const token = sql.slice(start, end);
    result += token === doubleQuoted ? `'${text.replaceAll("'", "''")}'` : token;
  }
  return result === sql ? undefined : result;
}
