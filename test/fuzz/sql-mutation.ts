import fc from "fast-check";
import { tokens } from "../../src/d1/sql-tokens.ts";

/** Changes of a text, token by token and character by character. */

const strays = [
  ..."; ;; ' \" ` [ ] ( ) /* */ -- , . ? ?1 $a $a( :b @ # * = || -> END BEGIN CASE TRIGGER CREATE EXPLAIN PRAGMA SELECT DELETE INSERT UPDATE COMMIT INTO FROM t log RETURNING WITH AS x'0 0x 1e 'it''s;' \"a;b\" [c;d]".split(
    " ",
  ),
  "\0",
  "\ufeff",
  "\u000b",
  "\u2028",
  "\u00a0",
  "\ud800",
  "ı",
  "ſ",
  "😀",
  "\n",
  "\r",
  "\\",
  "DELETE FROM t",
  "; DELETE FROM t",
];

const change = fc.record({
  kind: fc.constantFrom("lose", "double", "replace", "insert", "swap", "cut", "splice", "character"),
  at: fc.nat({ max: 999 }),
  to: fc.nat({ max: 999 }),
  stray: fc.constantFrom(...strays),
});

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function tokensOf(text: string): string[] {
  return Array.from(tokens(text), ({ start, end }) => text.slice(start, end));
}

function changed(text: string, { kind, at, to, stray }: Change, other: string): string {
  if (text === "") return stray;
  if (kind === "character") {
    const index = at % text.length;
    return text.slice(0, index) + (to % 2 === 0 ? "" : stray[0]) + text.slice(index + (to % 3));
  }
  const parts = tokensOf(text);
  const index = at % parts.length;
  const second = to % parts.length;
  const token = parts[index]!;
  if (kind === "lose") parts.splice(index, 1);
  else if (kind === "double") parts.splice(index, 0, token, " ");
  else if (kind === "replace") parts[index] = stray;
  else if (kind === "insert") parts.splice(index, 0, stray);
  else if (kind === "swap") [parts[index], parts[second]] = [parts[second]!, token];
  else if (kind === "cut") parts.splice(index);
  else {
    const rest = tokensOf(other);
    parts.splice(index, to % 4, ...rest.slice(to % Math.max(1, rest.length)));
  }
  return parts.join("");
}

/** Some of the texts, changed in up to `maxChanges` places. */
export function mutated(texts: fc.Arbitrary<string>, maxChanges = 4): fc.Arbitrary<string> {
  return fc
    .tuple(texts, texts, fc.array(change, { maxLength: maxChanges }))
    .map(([text, other, changes]) => changes.reduce((sum, one) => changed(sum, one, other), text));
}
