import { placeholders } from "../../d1/placeholders.ts";
import { tokens } from "../../d1/sql-tokens.ts";
import { toAsciiLowerCase, toAsciiUpperCase } from "../../database/sql-text.ts";
import type { Selection } from "./stored-rows.ts";
import type { TableShape } from "./table-shape.ts";

/** Finds the rows that an UPDATE or DELETE is about, before it runs. */
export interface RowSelector {
  selection(params: readonly unknown[]): Selection;
}

interface Word {
  /** In upper case, quotes and all. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Makes a SELECT of the rows that an UPDATE or DELETE of one table is about: with its own WHERE, in its own words. Only where that is all there
 * is to it: the caller knows that no trigger and no foreign key goes on to other rows.
 *
 * @returns undefined for everything that is not plainly so; there are other ways.
 */
export function rowSelector(sql: string, shape: TableShape): RowSelector | undefined {
  const words = topLevelWords(sql);
  const verb = words[0]?.text;
  const find = (wanted: string) => words.findIndex(({ text }) => text === wanted);
  const [set, where, returning] = [find("SET"), find("WHERE"), find("RETURNING")];
  const count = (wanted: RegExp) => words.filter(({ text }) => wanted.test(text)).length;
  if (count(/^(ORDER|LIMIT)$/) > 0 || count(/^WHERE$/) > 1 || count(/^RETURNING$/) > 1) return undefined;
  let fromStart: number;
  let fromEnd: number;
  const end = returning === -1 ? sql.length : words[returning]!.start;
  if (verb === "DELETE" && words[1]?.text === "FROM" && count(/^FROM$/) === 1) {
    fromStart = words[1].end;
    fromEnd = where === -1 ? end : words[where]!.start;
  } else if (verb === "UPDATE" && words[1]?.text !== "OR" && set !== -1 && count(/^FROM$/) === 0) {
    fromStart = words[0]!.end;
    fromEnd = words[set]!.start;
    const assignments = sql.slice(words[set]!.end, where === -1 ? end : words[where]!.start);
    if (mentionsKey(assignments, shape)) return undefined;
  } else return undefined;

  const from = sql.slice(fromStart, fromEnd);
  const condition = where === -1 ? undefined : { start: words[where]!.start, end };
  const { text, numbers } = anonymous(sql, condition);
  return {
    selection: (params) => ({ from, where: text, params: numbers.map((number) => params[number - 1]) }),
  };
}

/** The tokens outside of parentheses. */
function topLevelWords(sql: string): Word[] {
  const words: Word[] = [];
  let depth = 0;
  for (const { kind, start, end } of tokens(sql)) {
    const text = sql.slice(start, end);
    if (text === "(") depth++;
    else if (text === ")") depth--;
    else if (depth === 0 && kind !== "space") words.push({ text: toAsciiUpperCase(text), start, end });
  }
  return words;
}

/** Anywhere in the assignments: whether it is the column that is assigned does not matter. */
function mentionsKey(assignments: string, { keyNames }: TableShape): boolean {
  for (const { kind, start, end } of tokens(assignments)) {
    if (kind === "space") continue;
    const name = toAsciiLowerCase(assignments.slice(start, end)).replace(/^["'`[](.*)["'`\]]$/s, "$1");
    if (keyNames.has(name) || /["'`]{2}/.test(name)) return true;
  }
  return false;
}

/** A part of a text with its parameters as plain question marks, and their numbers in the whole. */
function anonymous(sql: string, part: { start: number; end: number } | undefined) {
  const numbers: number[] = [];
  if (part === undefined) return { text: "", numbers };
  let text = "";
  let at = part.start;
  for (const { start, end, number } of placeholders(sql)) {
    if (start < part.start || end > part.end) continue;
    text += `${sql.slice(at, start)}?`;
    at = end;
    numbers.push(number);
  }
  return { text: text + sql.slice(at, part.end), numbers };
}
