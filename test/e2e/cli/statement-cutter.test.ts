import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StatementCutter } from "../../../src/cli/sqlite/statement-cutter.ts";

/** What the cutter makes of a text that comes in chunks of so many bytes. */
function cut(sql: string | Uint8Array, chunkBytes: number) {
  const bytes = typeof sql === "string" ? new TextEncoder().encode(sql) : sql;
  const cutter = new StatementCutter();
  const pieces = [];
  for (let at = 0; at < bytes.length; at += chunkBytes)
    pieces.push(...cutter.cut(bytes.subarray(at, at + chunkBytes)));
  return [...pieces, ...cutter.end()];
}

/** The same, however the rows are grouped. */
const textOf = (pieces: { sql: string }[]) =>
  pieces
    .map(({ sql }) => sql.replace(/[;\s]+$/, ""))
    .join(";")
    .replaceAll(/;\s*/g, ";");

const dump = [
  "PRAGMA defer_foreign_keys=TRUE;",
  "CREATE TABLE \"a;b\" (x TEXT DEFAULT '; CREATE', -- a comment; with an apostrophe's end\n y);",
  "INSERT INTO \"a;b\" (x,y) VALUES\n('it''s; 漢字 😀',1),\n(X'00FF',-1.5e+300);",
  "INSERT INTO \"a;b\" (x,y) VALUES\n('2',2);",
  'CREATE TRIGGER t AFTER INSERT ON "a;b" BEGIN\n  DELETE FROM "a;b" WHERE x = \';\';\n  SELECT CASE 1 WHEN 1 THEN 2 END;\nEND;',
  "-- The last one\nCREATE VIEW v AS SELECT 1\n;",
].join("\n");

describe("a stream of SQL", () => {
  it("is cut between its statements, INSERTs of plain rows together", () => {
    const pieces = cut(dump, 1_000_000);
    expect(pieces.map(({ isRows }) => isRows)).toEqual([false, false, true, false, false]);
    expect(pieces[2]!.sql).toContain("('2',2)");
    expect(pieces[3]!.sql).toMatch(/^CREATE TRIGGER [\s\S]* END;\s*END$/);
  });

  it("is cut in the same places, wherever its chunks end", () => {
    const whole = textOf(cut(dump, 1_000_000));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (chunkBytes) => {
        expect(textOf(cut(dump, chunkBytes))).toBe(whole);
      }),
    );
  });

  it("may end without a semicolon, in a comment, or be empty", () => {
    expect(cut("SELECT 1", 3)).toEqual([{ sql: "SELECT 1", isRows: false }]);
    expect(cut("SELECT 1; -- over", 3)).toEqual([{ sql: "SELECT 1", isRows: false }]);
    expect(cut("", 3)).toEqual([]);
  });

  it("is refused when it is no UTF-8, or has a NUL: SQLite would read up to there", () => {
    expect(() => cut(new Uint8Array([0x53, 0x80, 0x3b]), 10)).toThrow(/valid/i);
    expect(() => cut("SELECT '\0';", 10)).toThrow("has a NUL character in it");
  });

  it("keeps a byte order mark in a text", () => {
    expect(cut("INSERT INTO t VALUES ('\ufeffx');", 4)[0]!.sql).toContain("'\ufeffx'");
  });
});
