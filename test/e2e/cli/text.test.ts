import { describe, expect, it } from "vitest";
import { withTextInSingleQuotes } from "../../../src/cli/sqlite/double-quoted-texts.ts";
import { formatBytes, formatTable, printable } from "../../../src/cli/text.ts";

describe("bytes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.0 kB"],
    [99_949, "99.9 kB"],
    [99_950, "100 kB"],
    [999_499, "999 kB"],
    [999_500, "1.0 MB"],
    [1_204_000_000, "1.2 GB"],
    [5e15, "5000 TB"],
  ])("%d are written as people read them", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe("a table", () => {
  it("has numbers end at one place, and no blanks at the ends of lines", () => {
    const columns = [{ title: "NAME" }, { title: "N", align: "right" }, { title: "LAST" }] as const;
    expect(
      formatTable(columns, [
        ["a", "1,000", ""],
        ["long name", "7", "x"],
      ]),
    ).toBe(["NAME           N  LAST", "a          1,000", "long name      7  x"].join("\n"));
  });
});

describe("a text of somebody else's", () => {
  it("cannot do anything to a terminal", () => {
    expect(printable("a\u001b[2Jb\r\nc\u009bd\u202ee")).toBe("a [2Jb c d e");
    expect(printable("Größe 漢字 😀")).toBe("Größe 漢字 😀");
  });
});

describe("a text in double quotes", () => {
  const problem = (text: string) =>
    `no such column: "${text}" - should this be a string literal in single-quotes?`;

  it("is put into single quotes where SQLite misses a column of that name", () => {
    expect(withTextInSingleQuotes('CREATE TABLE t (a CHECK (a <> "b"))', problem("b"))).toBe(
      "CREATE TABLE t (a CHECK (a <> 'b'))",
    );
    expect(withTextInSingleQuotes(`SELECT "it's ""so"""`, problem(`it's "so"`))).toBe(`SELECT 'it''s "so"'`);
  });

  it("stays in texts and comments, and as a part of another name", () => {
    const rest = `'"b"' /* "b" */ "b""b" [b] -- "b"`;
    expect(withTextInSingleQuotes(`"b" ${rest}`, problem("b"))).toBe(`'b' ${rest}`);
  });

  it("stays where something else is wrong", () => {
    expect(
      withTextInSingleQuotes('CREATE TABLE t (a CHECK (b <> "b"))', "no such column: b"),
    ).toBeUndefined();
    expect(withTextInSingleQuotes("CREATE INDEX i ON t (a)", problem("b"))).toBeUndefined();
  });
});
