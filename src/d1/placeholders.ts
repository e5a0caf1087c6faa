import { tokens } from "./sql-tokens.ts";

/** Where a parameter stands in a text, and the position of its value, from 1. */
export interface Placeholder {
  start: number;
  end: number;
  number: number;
}

/** The placeholders of a text, numbered as SQLite does it: https://sqlite.org/lang_expr.html#varparam */
export function* placeholders(sql: string): Generator<Placeholder> {
  const numberOfName = new Map<string, number>();
  let last = 0;
  for (const { kind, start, end } of tokens(sql)) {
    if (kind !== "other") continue;
    const text = sql.slice(start, end);
    if (text === "?") {
      const digits = /^\d*/.exec(sql.slice(end, end + 10))![0];
      const number = digits === "" ? last + 1 : Number(digits);
      last = Math.max(last, number);
      yield { start, end: end + digits.length, number };
    } else if (/^[$@:#]./.test(text)) {
      const number = numberOfName.get(text) ?? last + 1;
      numberOfName.set(text, number);
      last = Math.max(last, number);
      yield { start, end, number };
    }
  }
}
