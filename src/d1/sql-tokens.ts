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

// SQLite's own tokenizer (tokenize.c), but for what is quoted: its blanks (a BOM among them; a vertical tab after
// another blank, such as the one that follows EXPLAIN), variables with their Tcl suffix in parentheses. No text
// makes the matcher go back: its time is in proportion to the length.
const tokenPattern = new RegExp(
  [
    "(?<space>[ \\t\\n\\v\\f\\r\\ufeff]+)",
    "(?<semicolon>;)",
    "(?<word>[A-Za-z_\\u0080-\\u{10ffff}][\\w$\\u0080-\\u{10ffff}]*)",
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
    const token = quotedAt(text, start) ?? matchAt(text, start);
    yield token;
    start = token.end;
  }
}

/**
 * Comments, strings and quoted names (a doubled quote stays inside), as far as the text goes when one is never
 * closed. Not left to the pattern: the matcher's stack overflows in a string of megabytes.
 */
function quotedAt(text: string, start: number): Token | undefined {
  switch (text[start]) {
    case "-":
      return text[start + 1] === "-" ? spaceTo(text.indexOf("\n", start)) : undefined;
    case "/":
      // SQLite takes "/*" at the very end of a text for two operators: it comes to the same here.
      return text[start + 1] === "*" ? spaceTo(after("*/", start + 2)) : undefined;
    case "'":
    case '"':
    case "`":
      return { kind: "other", start, end: endOfQuote(text, start) };
    case "[":
      return { kind: "other", start, end: after("]", start + 1) };
  }
  return undefined;

  function spaceTo(end: number): Token {
    return { kind: "space", start, end: end === -1 ? text.length : end };
  }
  function after(closing: string, from: number): number {
    const at = text.indexOf(closing, from);
    return at === -1 ? text.length : at + closing.length;
  }
}

function endOfQuote(text: string, start: number): number {
  const quote = text[start]!;
  for (let at = text.indexOf(quote, start + 1); at !== -1; at = text.indexOf(quote, at + 2)) {
    if (text[at + 1] !== quote) return at + 1;
  }
  return text.length;
}

function matchAt(text: string, start: number): Token {
  tokenPattern.lastIndex = start;
  const match = tokenPattern.exec(text);
  return { kind: kindOf(match?.groups), start, end: start + (match?.[0].length ?? 1) };
}

function kindOf(groups: Record<string, string | undefined> | undefined): TokenKind {
  if (groups?.space !== undefined) return "space";
  if (groups?.semicolon !== undefined) return "semicolon";
  return groups?.word !== undefined ? "word" : "other";
}
