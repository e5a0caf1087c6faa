import fc from "fast-check";
import { tokens } from "../../src/d1/sql-tokens.ts";

/** Changes of a dump: of its bytes, of its statements, of the tokens in them. */

const encoder = new TextEncoder();

const strays = [
  ..."; ' \" ` ( ) , -- /* */ NULL ) ), (1) VALUES INSERT BEGIN COMMIT ROLLBACK CREATE END; x'0 'a 1e999 9223372036854775808".split(
    " ",
  ),
  "BEGIN TRANSACTION;\n",
  "COMMIT;\n",
  "PRAGMA foreign_keys=OFF;\n",
  "PRAGMA defer_foreign_keys=ON;\n",
  "SELECT abs(-9223372036854775808);\n",
  "DELETE FROM sqlite_schema;\n",
  "\n/* it's; */\n",
  "-- '\n",
  "\r\n",
  "\ufeff",
  "\0",
];

/** Bytes that are no UTF-8, or only just. */
const badBytes = [
  [0xff],
  [0xc3],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xc0, 0x80],
  [0x80],
  [0xf0, 0x9f],
  [0],
];

const change = fc.record({
  kind: fc.constantFrom(
    "truncate",
    "lose line",
    "double line",
    "swap lines",
    "lose token",
    "double token",
    "replace token",
    "insert",
    "insert in front",
    "bytes",
    "lose byte",
    "carriage returns",
    "giant",
    "splice",
  ),
  at: fc.nat(),
  to: fc.nat(),
  stray: fc.constantFrom(...strays),
  bytes: fc.constantFrom(...badBytes),
});

export type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

export const changes = fc.array(change, { minLength: 1, maxLength: 3 });

function changedText(text: string, { kind, at, to, stray }: Change): string {
  const lines = text.split("\n");
  const line = at % lines.length;
  const other = to % lines.length;
  const inside = at % (text.length + 1);
  switch (kind) {
    case "truncate":
      return text.slice(0, inside);
    case "lose line":
      return lines.toSpliced(line, 1 + (to % 3)).join("\n");
    case "double line":
      return lines.toSpliced(other, 0, lines[line]!).join("\n");
    case "swap lines":
      return lines.with(line, lines[other]!).with(other, lines[line]!).join("\n");
    case "insert":
      return text.slice(0, inside) + stray + text.slice(inside);
    case "insert in front":
      return stray + text;
    case "carriage returns":
      return text.replaceAll("\n", "\r\n");
    case "giant":
      return `${text.slice(0, inside)}${(stray[0] ?? "x").repeat(1_000 + (to % 150_000))}${text.slice(inside)}`;
    case "splice":
      return text.slice(0, inside) + text.slice(to % (text.length + 1));
    case "lose token":
    case "double token":
    case "replace token": {
      const all = Array.from(tokens(text), ({ start, end }) => text.slice(start, end));
      const index = at % Math.max(1, all.length);
      const put = kind === "lose token" ? [] : kind === "double token" ? [all[index]!, all[index]!] : [stray];
      return all.toSpliced(index, 1, ...put).join("");
    }
    default:
      return text;
  }
}

/** @returns The bytes of the changed dump. */
export function changedDump(dump: string, changes: readonly Change[]): Uint8Array<ArrayBuffer> {
  const text = changes.reduce(changedText, dump);
  let bytes = Array.from(encoder.encode(text));
  for (const { kind, at, bytes: bad } of changes) {
    const index = at % (bytes.length + 1);
    if (kind === "bytes") bytes = bytes.toSpliced(index, 0, ...bad);
    if (kind === "lose byte") bytes = bytes.toSpliced(index, 1);
  }
  return Uint8Array.from(bytes);
}
