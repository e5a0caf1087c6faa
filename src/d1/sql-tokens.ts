/**
 * SQLite's tokens, as far as they are needed to tell where a statement ends and which keyword it starts
 * with. Everything else about a statement is asked of SQLite itself (see statement-compiler.ts).
 */

export type TokenKind = "space" | "semicolon" | "word" | "other";

export interface Token {
  kind: TokenKind;
  start: number;
  end: number;
}

// SQLite's own tokenizer (tokenize.c): its blanks (a BOM among them; a vertical tab after another blank, such as
// the one that follows EXPLAIN), comments (an open one ends with the text), strings and quoted names (a doubled
// quote stays inside), [names], variables with their Tcl suffix in parentheses. The quantifiers are unrolled and
// what is never closed is one token, so that no text makes the matcher go back: its time is in proportion to the
// length.
const tokenPattern = new RegExp(
  [
    "(?<space>[ \\t\\n\\v\\f\\r\\ufeff]+|--[^\\n]*|/\\*[^]*?(?:\\*/|$))",
    "(?<semicolon>;)",
    "(?<word>[A-Za-z_\\u0080-\\u{10ffff}][\\w$\\u0080-\\u{10ffff}]*)",
    "'[^']*(?:''[^']*)*'?",
    '"[^"]*(?:""[^"]*)*"?',
    "`[^`]*(?:``[^`]*)*`?",
    "\\[[^\\]]*\\]?",
    "[$@#:](?:[\\w$\\u0080-\\u{10ffff}]|::)*(?:\\([^\\s)]*\\)?)?",
    "\\d[\\w.]*",
    "[^]",
  ].join("|"),
  "yu",
);

/** Yields the tokens of a text in order, without gaps. */
export function* tokens(text: string): Generator<Token> {
  let start = 0;
  while (start < text.length) {
    tokenPattern.lastIndex = start;
    const match = tokenPattern.exec(text);
    const end = match === null ? start + 1 : start + match[0].length;
    yield { kind: kindOf(match?.groups), start, end };
    start = end;
  }
}

function kindOf(groups: Record<string, string | undefined> | undefined): TokenKind {
  if (groups?.space !== undefined) return "space";
  if (groups?.semicolon !== undefined) return "semicolon";
  return groups?.word !== undefined ? "word" : "other";
}
