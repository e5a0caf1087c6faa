import { describe, expect, it } from "vitest";
import page from "../../docs/testing.md?raw";
import { everySnippetRuns } from "../support/doc-snippets.ts";
import spec from "../testing/project/shop.spec.ts?raw";
import configuration from "../testing/project/vitest.config.ts?raw";

describe("docs/testing.md", () => {
  // test/e2e/isolated-tests.test.ts runs the project.
  everySnippetRuns(page, {
    "shop.spec.ts": spec,
    "vitest.config.ts": `// vitest.config.ts\n${configuration}`,
  });

  it("names every helper", async () => {
    const helpers = Object.keys(await import("../../src/testing/index.ts"));
    expect(helpers.filter((name) => !page.includes(`${name}(`))).toEqual([]);
  });

  it("leads to its own headings", () => {
    const slugs = [...page.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );
    const links = [...page.matchAll(/\]\(#([\w-]+)\)/g)].map(([, slug]) => slug);
    expect(links.length).toBeGreaterThan(2);
    expect(links.filter((slug) => !slugs.includes(slug!))).toEqual([]);
  });
});
