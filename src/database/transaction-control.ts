import { headOf, toAsciiLowerCase } from "./sql-text.ts";

/** A statement that drives a transaction, as SQL text. Savepoint names are compared without case. */
export type TransactionControl =
  | { verb: "begin" }
  | { verb: "commit" }
  | { verb: "rollback" }
  | { verb: "savepoint"; name: string }
  | { verb: "release"; name: string }
  | { verb: "rollback-to"; name: string };

/**
 * Recognises BEGIN, COMMIT, END, ROLLBACK, SAVEPOINT and RELEASE with the optional words of SQLite's
 * grammar; undefined for any other statement. The runtime refuses to compile them, so that SQLite itself
 * cannot be asked.
 */
export function parseTransactionControl(sql: string): TransactionControl | undefined {
  const words = headOf(sql, 8);
  while (words.at(-1) === ";") words.pop();
  const verb = words.shift();
  switch (verb) {
    case "BEGIN":
      skip(words, "DEFERRED", "IMMEDIATE", "EXCLUSIVE");
      skipTransaction(words);
      return words.length === 0 ? { verb: "begin" } : undefined;
    case "COMMIT":
    case "END":
      skipTransaction(words);
      return words.length === 0 ? { verb: "commit" } : undefined;
    case "ROLLBACK": {
      skipTransaction(words);
      if (words.length === 0) return { verb: "rollback" };
      if (words.shift() !== "TO") return undefined;
      skip(words, "SAVEPOINT");
      return named("rollback-to", words);
    }
    case "SAVEPOINT":
      return named("savepoint", words);
    case "RELEASE":
      skip(words, "SAVEPOINT");
      return named("release", words);
    default:
      return undefined;
  }
}

/** Whether a statement begins with a word of transaction control, well-formed or not. */
export function isTransactionControl(sql: string): boolean {
  const [verb] = headOf(sql, 1);
  return verb !== undefined && ["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"].includes(verb);
}

function skip(words: string[], ...optional: string[]): void {
  // `SAVEPOINT savepoint` is a name, not a keyword: the last word is never optional after a verb that names.
  if (words[0] !== undefined && optional.includes(words[0])) words.shift();
}

/** `TRANSACTION`, and the name after it, which SQLite takes and ignores. */
function skipTransaction(words: string[]): void {
  if (words[0] !== "TRANSACTION") return;
  const name = words[1];
  words.splice(0, name === undefined || name === "TO" ? 1 : 2);
}

function named<V extends "savepoint" | "release" | "rollback-to">(
  verb: V,
  words: string[],
): { verb: V; name: string } | undefined {
  const [name] = words;
  return words.length === 1 && name !== undefined
    ? { verb, name: toAsciiLowerCase(unquote(name)) }
    : undefined;
}

function unquote(name: string): string {
  const quote = name[0];
  if (quote === "[") return name.slice(1, -1);
  if (quote !== '"' && quote !== "`" && quote !== "'") return name;
  return name.slice(1, -1).replaceAll(quote + quote, quote);
}
