import { concepts } from "./concepts.ts";
import { type BackendName, backendNames, type ConformanceCase, differenceOn } from "./conformance-case.ts";

/** The page that lists every case with the backends on which it passes. */
export function conformancePage(): string {
  const sections = [...concepts].map(([file, { title, cases }]) =>
    [
      `## ${title}`,
      "",
      `[cases/${file}.ts](../test/conformance/cases/${file}.ts)`,
      "",
      tableRow(["it ...", ...backendNames]),
      tableRow(["---", ...backendNames.map(() => "---")]),
      ...cases.map((one) =>
        tableRow([inMarkdown(one.behaviour), ...backendNames.map((name) => cell(one, name))]),
      ),
    ].join("\n"),
  );
  return `${[introduction, summary(), ...sections].join("\n\n")}\n`;
}

/** The row of the README's table: of how many cases a backend does exactly what D1 does. */
export function totalRow(): string {
  return countRow(
    "cases",
    [...concepts.values()].flatMap(({ cases }) => cases),
  );
}

/** The same for each file of cases. */
function summary(): string {
  const rows = [...concepts].map(([, { title, cases }]) =>
    countRow(`[${title}](#${anchorOf(title)})`, cases),
  );
  return [
    tableRow(["cases that pass as on D1", ...backendNames]),
    tableRow(["---", ...backendNames.map(() => "---")]),
    ...rows,
  ].join("\n");
}

function countRow(what: string, cases: readonly ConformanceCase[]): string {
  const counts = backendNames.map((name) => cases.filter((one) => !differenceOn(one, name)).length);
  return tableRow([what, ...counts.map(String)]);
}

const introduction = [
  "# What works as on D1",
  "",
  "Every case of `test/conformance`, on Cloudflare's local D1 and on the four ways to this database. A dot: the case passes as",
  "it does on D1. A link: it does something else on purpose; the suite tests what, and the page behind the link says why.",
  "",
  "`npx vitest run --project workers test/conformance` runs the cases; with `-u` it writes this page anew.",
].join("\n");

function cell(one: ConformanceCase, backend: BackendName): string {
  const difference = differenceOn(one, backend);
  return difference === undefined ? "·" : `[differs](d1-differences.md#${anchorOf(difference.entry)})`;
}

/** The fragment by which GitHub reaches a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

function inMarkdown(text: string): string {
  return text.replaceAll(/[|*_<>[\]\\]/g, "\\$&");
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
