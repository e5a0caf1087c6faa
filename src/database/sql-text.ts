import { tokens } from "../d1/sql-tokens.ts";
import { DatabaseError } from "../errors.ts";

/** One statement of a script. */
export interface ScriptStatement {
  /** Its text without the closing semicolon. */
  sql: string;
  /** Where it starts in the script. */
  start: number;
  /** The line on which it starts, from 1. */
  line: number;
}

/**
 * Splits a script into its statements. A trigger ends at `END;`, as in SQLite's own `sqlite3_complete()`;
 * the semicolons inside its body do not end it. Blanks and comments between statements are dropped.
 */
export function splitStatements(script: string): ScriptStatement[] {
  if (script.includes("\0")) {
    // SQLite reads a text up to its first NUL and would silently ignore the rest.
    throw new DatabaseError(
      "STATEMENT_REFUSED",
      "SQL text contains a NUL character. Bind such a value as a parameter.",
    );
  }
  const statements: ScriptStatement[] = [];
  let start = -1;
  let end = 0;
  let words: string[] = [];
  let afterSemicolon = false;
  let afterEnd = false;
  let line = 1;
  /** Looked for once each: a script may be one line of a million statements. */
  let nextLineEnd = script.indexOf("\n");

  const finish = () => {
    if (start === -1) return;
    while (nextLineEnd !== -1 && nextLineEnd < start) {
      line++;
      nextLineEnd = script.indexOf("\n", nextLineEnd + 1);
    }
    statements.push({ sql: script.slice(start, end), start, line });
    start = -1;
    words = [];
    afterSemicolon = afterEnd = false;
  };

  for (const token of tokens(script)) {
    if (token.kind === "space") continue;
    if (token.kind === "semicolon" && (start === -1 || !isTrigger(words) || afterEnd)) {
      finish();
      continue;
    }
    if (start === -1) start = token.start;
    end = token.end;
    const word = token.kind === "word" ? toAsciiUpperCase(script.slice(token.start, token.end)) : "";
    if (words.length < 6) words.push(word);
    afterEnd = afterSemicolon && word === "END";
    afterSemicolon = token.kind === "semicolon";
  }
  finish();
  return statements;
}

/** The statements of a script that has one on each line, as D1 wants it; line ends in strings and comments stay. */
export function splitLines(script: string): ScriptStatement[] {
  const statements: ScriptStatement[] = [];
  let line = 1;
  let lineStart = 0;
  const cutAt = (end: number) => {
    for (const { sql, start, line: offset } of splitStatements(script.slice(lineStart, end))) {
      statements.push({ sql, start: lineStart + start, line: line + offset - 1 });
    }
    line += script.slice(lineStart, end + 1).split("\n").length - 1;
    lineStart = end + 1;
  };
  for (const { kind, start, end } of tokens(script)) {
    if (kind !== "space" || script.startsWith("/*", start)) continue;
    for (const { index } of script.slice(start, end).matchAll(/\n/g)) cutAt(start + index);
  }
  cutAt(script.length);
  return statements;
}

/** Whether a statement that starts with these words is a CREATE TRIGGER, possibly under EXPLAIN. */
function isTrigger(words: readonly string[]): boolean {
  return /^(EXPLAIN (QUERY PLAN )?)?CREATE (TEMP |TEMPORARY )?TRIGGER( |$)/.test(words.join(" "));
}

/** Whether a text begins with a CREATE TRIGGER, whose body has semicolons of its own. */
export function startsTrigger(text: string): boolean {
  return isTrigger(headOf(text, 6));
}

/** Where the semicolon stands that ends the trigger at the start of a text, the one in `; END;`; -1 if there is none. */
export function endOfTrigger(text: string): number {
  let afterSemicolon = false;
  let afterEnd = false;
  for (const { kind, start, end } of tokens(text)) {
    if (kind === "space") continue;
    if (kind === "semicolon" && afterEnd) return start;
    afterEnd = afterSemicolon && kind === "word" && toAsciiUpperCase(text.slice(start, end)) === "END";
    afterSemicolon = kind === "semicolon";
  }
  return -1;
}

/** The significant tokens at the head of a statement, words in upper case, at most `count` of them. */
export function headOf(sql: string, count: number): string[] {
  const head: string[] = [];
  for (const token of tokens(sql)) {
    if (token.kind === "space") continue;
    const text = sql.slice(token.start, token.end);
    head.push(token.kind === "word" ? toAsciiUpperCase(text) : text);
    if (head.length === count) break;
  }
  return head;
}

/** SQLite folds the case of ASCII only: to JavaScript a dotless i is a lower-case I, too. */
export function toAsciiUpperCase(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** The same for names, which SQLite compares like that. */
export function toAsciiLowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
