import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Results } from "../harness/results.ts";
import { charts } from "./charts.ts";
import { report, targetTable } from "./markdown.ts";
import { summary } from "./summary.ts";

const projectDirectory = fileURLToPath(new URL("../..", import.meta.url));
export const resultsDirectory = join(projectDirectory, "bench/results");

/** What was measured last, part by part: a run of one part leaves the others as they are. */
export function latest(directory: string | undefined): Results {
  const file = join(directory ?? "", "latest.json");
  if (directory === undefined || !existsSync(file)) return { machine: {}, parts: {} };
  return JSON.parse(readFileSync(file, "utf8")) as Results;
}

export function saveResults(results: Results, directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "latest.json"), `${JSON.stringify(results, null, 2)}\n`);
}

/** The report with its charts, and the passages of other pages that quote it. */
export function writeDocuments(results: Results, directory: string): void {
  for (const [name, content] of Object.entries(documents(results)))
    writeFileSync(join(directory, name), content);
  if (directory !== resultsDirectory) return;
  for (const page of pages()) {
    const text = readFileSync(page, "utf8");
    const quoting = withQuotes(text, results);
    if (quoting !== text) writeFileSync(page, quoting);
  }
}

/** The files of the report, by name. */
export function documents(results: Results): Record<string, string> {
  const drawn = Object.entries(charts(results)).map(([name, svg]) => [`${name}.svg`, svg]);
  return { "latest.md": report(results), ...Object.fromEntries(drawn) };
}

/** Passages that pages quote: `<!-- bench:<name> -->`, what stands here, `<!-- /bench -->`. */
const quotes: Record<string, (results: Results) => string> = {
  aims: targetTable,
  machine: ({ machine }) => Object.values(machine).join(", "),
  summary,
};

/** @throws Error when a page quotes a passage that there is not. */
export function withQuotes(page: string, results: Results): string {
  return page.replaceAll(/(<!-- bench:([\w-]+) -->\n)[\s\S]*?(<!-- \/bench -->)/g, (_, begin, name, end) => {
    const quote = quotes[name];
    if (quote === undefined)
      throw new Error(`No passage of the bench is called ${name}: ${Object.keys(quotes)}.`);
    return `${begin}\n${quote(results)}\n\n${end}`;
  });
}

/** Every page that may quote. */
export function pages(): string[] {
  const docs = readdirSync(join(projectDirectory, "docs")).map((name) => `docs/${name}`);
  return ["README.md", "ARCHITECTURE.md", "bench/README.md", ...docs]
    .filter((page) => page.endsWith(".md"))
    .map((page) => join(projectDirectory, page));
}
