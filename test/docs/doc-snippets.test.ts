import { describe, expect, it } from "vitest";
import { hasSnippet, snippetsOf } from "../support/doc-snippets.ts";

const page = ["# Page", "", "```ts", "const a = 1;", "", "run(a);", "```", "```sql", "SELECT 1", "```"].join(
  "\n",
);

describe("the snippets of a page", () => {
  it("are its ts blocks only", () => {
    expect(snippetsOf(page)).toEqual(["const a = 1;\n\nrun(a);"]);
  });

  it("stand in a source whose white space differs and that has more between their paragraphs", () => {
    expect(hasSnippet("const a =\n  1;\nlet b;\n  run(a);", snippetsOf(page)[0]!)).toBe(true);
  });

  it("do not stand in a source that lacks a paragraph, has them in another order or says something else", () => {
    expect(hasSnippet("const a = 1;", snippetsOf(page)[0]!)).toBe(false);
    expect(hasSnippet("run(a); const a = 1;", snippetsOf(page)[0]!)).toBe(false);
    expect(hasSnippet("const a = 2; run(a);", snippetsOf(page)[0]!)).toBe(false);
  });
});
