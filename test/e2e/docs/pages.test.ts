/** What only a look at the files of the project tells of its pages. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import { projectDir } from "../../../scripts/lib/dev-server.mjs";
import { anchorOf } from "../../conformance/table.ts";
import { exampleNames } from "../examples/example-project.ts";
import { blocksOf } from "./shell-page.ts";

const docs = readdirSync(join(projectDir, "docs")).map((name) => `docs/${name}`);
const atTheTop = readdirSync(projectDir).filter((name) => name.endsWith(".md"));
const pages = [...atTheTop, ...docs, "bench/README.md"];
const examples = ["examples/README.md", ...exampleNames.map((name) => `examples/${name}/README.md`)];

const read = (path: string) => readFileSync(join(projectDir, path), "utf8");

/** Code blocks and code in a line hold no links. */
const withoutCode = (page: string) =>
  page.replaceAll(/^ *```.*?^ *```$/gms, "").replaceAll(/`[^`\n]*`/g, "code");

function headingsOf(page: string): Set<string> {
  const headings = page.replaceAll(/^ *```.*?^ *```$/gms, "").matchAll(/^#+ (.+)$/gm);
  return new Set([...headings].map(([, heading]) => anchorOf(heading!)));
}

/** The links that lead to a file that is not there, or to a heading that it does not have. */
function deadLinksOf(path: string, page = read(path)): string[] {
  const links = [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  return links.filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [file, anchor] = link.split("#");
    const target = file === "" ? path : relative(projectDir, join(projectDir, dirname(path), file!));
    if (!existsSync(join(projectDir, target))) return true;
    return anchor !== undefined && !headingsOf(read(target)).has(anchor);
  });
}

describe("the pages", () => {
  it.each([...pages, ...examples])("%s: every link leads to a file, and to a heading of it", (path) => {
    expect(deadLinksOf(path)).toEqual([]);
  });

  it("would be found out if a link of theirs led nowhere", () => {
    const links =
      "[a](nowhere.md) [b](limits.md#nothing) [c](#nothing) `[d](code)` [e](limits.md#calls) [f](../src/limits.ts)";
    expect(deadLinksOf("docs/limits.md", links)).toEqual(["nowhere.md", "limits.md#nothing", "#nothing"]);
  });

  it("are all in docs/README.md, and each of docs/ once", () => {
    const index = read("docs/README.md");
    for (const path of docs.filter((path) => path !== "docs/README.md")) {
      expect(index.split(`(${path.slice("docs/".length)})`), path).toHaveLength(2);
    }
  });

  it("name only scripts that package.json has, and only tests that are there", () => {
    const scripts = Object.keys(JSON.parse(read("package.json")).scripts);
    for (const path of pages) {
      const named = [...read(path).matchAll(/\bnpm run ([\w:]+)/g)].map(([, script]) => script!);
      expect(scripts, path).toEqual(expect.arrayContaining(named));
      const tests = [...read(path).matchAll(/^npx vitest run --project \w+ (test\/\S+)/gm)].map(
        ([, test]) => test!,
      );
      for (const test of tests) expect(existsSync(join(projectDir, test)), `${path}: ${test}`).toBe(true);
    }
  });
});

describe("docs/operations.md", () => {
  const page = read("docs/operations.md");
  const source = sourcesOf("src")
    .filter((path) => !path.startsWith("src/cli/"))
    .map(read)
    .join("\n");

  it("names every line that the database logs", () => {
    const texts = [...source.matchAll(/\bconsole\.\w+\(([^)]*)/g)].map(([, logged]) => logged!);
    expect(texts.length).toBeGreaterThan(3);
    // The lines of JSON are those of backups.
    for (const text of texts.filter((logged) => logged !== "line")) {
      expect(page).toContain(`| \`${/^"([^"]+)"/.exec(text)![1]}\` |`);
    }
  });

  it("names everything that an object keeps beside its tables", () => {
    const keys = [...source.matchAll(/"(d1-procedures:[\w-]+)"/g)].map(([, key]) => key!);
    const named = [...page.matchAll(/`(d1-procedures:[\w-]+)`/g)].map(([, key]) => key!);
    expect(named.toSorted()).toEqual([...new Set(keys)].toSorted());
  });

  it("switches logs on by a configuration that wrangler takes", () => {
    const folder = mkdtempSync(join(tmpdir(), "d1-procedures-operations-"));
    const [toml] = blocksOf(page, "toml");
    writeFileSync(join(folder, "wrangler.toml"), `name = "x"\n${toml}`);
    expect(unstable_readConfig({ config: join(folder, "wrangler.toml") }).observability).toEqual({
      enabled: true,
    });
    rmSync(folder, { recursive: true });
  });
});

function sourcesOf(folder: string): string[] {
  return readdirSync(join(projectDir, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => `${folder}/${path}`);
}
