/**
 * Keeps the code of the docs pages true: every `ts` block of a page must stand, word for word, in a test source
 * that runs.
 *
 * @example
 * import page from "../../docs/drizzle.md?raw";
 * import source from "./drizzle-snippets.test.ts?raw";
 *
 * describe("docs/drizzle.md", () => everySnippetRuns(page, { "drizzle-snippets.test.ts": source }));
 */

import { expect, it } from "vitest";

/** The code of the fenced `ts` blocks of a Markdown page. */
export function snippetsOf(page: string): string[] {
  return [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!.trim());
}

/**
 * Whether the source has the paragraphs of the snippet (what blank lines part: imports from the rest, say), one
 * after another, whatever the white space.
 */
export function hasSnippet(source: string, snippet: string): boolean {
  const text = normalised(source);
  let position = 0;
  for (const paragraph of snippet.split(/\n\s*\n/)) {
    const found = text.indexOf(normalised(paragraph), position);
    if (found === -1) return false;
    position = found + normalised(paragraph).length;
  }
  return true;
}

function normalised(code: string): string {
  return code.replaceAll(/\s+/g, " ").trim();
}

/**
 * Registers one test for each snippet of the page.
 *
 * @param sources The text of the executed test sources (`import source from "./x.test.ts?raw"`), by file name.
 */
export function everySnippetRuns(page: string, sources: Readonly<Record<string, string>>): void {
  const snippets = snippetsOf(page).map((code, index) => ({ code, title: titleOf(code, index) }));

  it("has snippets", () => {
    expect(snippets.length).toBeGreaterThan(0);
  });

  it.each(snippets)("runs $title in a test", ({ code }) => {
    const running = Object.keys(sources).filter((file) => hasSnippet(sources[file]!, code));
    expect(running, `no source of ${Object.keys(sources).join(", ")} has\n${code}`).not.toEqual([]);
  });
}

function titleOf(code: string, index: number): string {
  const line = code.split("\n").find((candidate) => !/^(import|\/\/|$)/.test(candidate)) ?? code;
  return `snippet ${index + 1} (${line.trim().slice(0, 50)})`;
}
