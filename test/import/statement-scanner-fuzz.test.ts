import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitStatements } from "../../src/database/sql-text.ts";
import { fuzzParameters } from "../support/fuzz.ts";
import { scan, scanInWindows } from "../support/scanned.ts";

// Pieces that open, close and hide what ends a statement. No variables ($a, :b, @c, #d): SQLite takes what stands in
// parentheses after one for a part of its name, and an import, which binds nothing, fails at them anyway.
const pieces = [
  ..."; ;; ' '' \" \"\" ` [ ] ( ) , . - -- / /* */ * /*/ 'a;b' \"c;d\" `e;f` [g;h] x'00' 1 1.5e-3 é € 😀 a END end".split(
    " ",
  ),
  ...'INSERT REPLACE INTO t "t" VALUES OR IGNORE CREATE TEMP TRIGGER TABLE BEGIN CASE SELECT EXPLAIN QUERY PLAN NULL'.split(
    " ",
  ),
  "INSERT INTO t VALUES(1);",
  "INSERT INTO t VALUES('a'),(2)",
  'INSERT INTO "é;"("a") VALUES(',
  "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1;",
  "; END;",
  "-- it's\n",
  "/* it's; */",
  " ",
  "\n",
  "\r\n",
  "\t",
];

const texts = fc
  .array(fc.tuple(fc.constantFrom(...pieces), fc.constantFrom("", " ", "\n")), { maxLength: 40 })
  .chain((parts) => fc.tuple(fc.constantFrom("", "\ufeff"), fc.constant(parts.flat().join(""))))
  .map((parts) => parts.join(""));

describe("statements of random text", () => {
  const { parameters, timeoutMs } = fuzzParameters("scanned statements", { runs: 20_000, seconds: 10 });

  it(
    "are those that a script is split into, in windows of any size",
    () => {
      let found = 0;
      let plain = 0;
      const property = fc.property(texts, fc.integer({ min: 1, max: 200 }), (text, windowBytes) => {
        const statements = scan(text);
        expect(statements.map(({ sql }) => sql)).toEqual(splitStatements(text).map(({ sql }) => sql));
        const bytes = new TextEncoder().encode(text);
        expect(scanInWindows(bytes, windowBytes)).toEqual(scanInWindows(bytes, bytes.length + 1));
        for (const { sql, insertHead } of statements) {
          found++;
          if (insertHead === undefined) continue;
          plain++;
          // Behind the head stand rows, be they well-formed or not, and no comment, clause or other statement.
          const rows = withoutStrings(sql.slice(utf8Head(insertHead).length));
          if (closesTooMuch(rows)) continue;
          expect(rows).not.toMatch(/;|--|\/\*|[`[]|\)[\s,]*[^\s,()]|SELECT|VALUES/i);
        }
      });
      fc.assert(property, parameters);
      console.info({ found, plain });
      expect(plain).toBeGreaterThan(10);
    },
    timeoutMs,
  );
});

const withoutStrings = (sql: string) => sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, "");

/** SQLite takes nothing behind a parenthesis that closes none. */
function closesTooMuch(rows: string): boolean {
  let depth = 0;
  return Array.from(rows).some((character) => {
    if (character === "(") depth++;
    if (character === ")") depth--;
    return depth < 0;
  });
}

/** The head as text: the scanner gives one character a byte. */
function utf8Head(insertHead: string): string {
  return new TextDecoder().decode(Uint8Array.from(insertHead, latin1Byte));
}

/** "latin1" is windows-1252 to a TextDecoder: some of its bytes have code points of their own. */
const windows1252 = new Map(
  Array.from(
    new TextDecoder("latin1").decode(Uint8Array.from({ length: 256 }, (_, byte) => byte)),
    (character, byte) => [character, byte],
  ),
);

function latin1Byte(character: string): number {
  return windows1252.get(character)!;
}
