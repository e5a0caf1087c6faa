import { contenderNamed, contenders } from "../contenders/contenders.ts";
import type { CheckResult, MeasurementResult, PartResult, Results } from "../harness/results.ts";
import type { Figure } from "../harness/statistics.ts";
import { parts } from "../parts/index.ts";
import type { Part } from "../parts/part.ts";
import { charts } from "./charts.ts";
import { quotient, targets } from "./targets.ts";

/** All that was measured, as a page. */
export function report(results: Results): string {
  const drawn = charts(results);
  return [
    "# What was measured",
    "Written by `npm run bench` from [latest.json](latest.json); [bench/README.md](../README.md) says how to read it.",
    Object.values(results.machine).join(", "),
    "## Aims",
    targetTable(results),
    "## Contenders",
    table(
      ["", "what it is", "load"],
      contenders.map(({ title, about, load }) => [title, about, load === "http" ? "HTTP" : "inside"]),
    ),
    ...parts.flatMap((part) => {
      const result = results.parts[part.name];
      if (result === undefined) return [];
      return partSection(
        part,
        result,
        Object.hasOwn(drawn, part.name === "checkout" ? "readers" : part.name),
      );
    }),
  ]
    .join("\n\n")
    .concat("\n");
}

export function targetTable(results: Results): string {
  const rows = targets.flatMap(({ what, aim, measured, isMet }) => {
    const value = measured(results);
    if (value === undefined) return [];
    return [[what, aim, isMet(value) ? times(value) : `**missed**: ${times(value)}`]];
  });
  if (rows.length === 0) return "Nothing that has an aim was measured.";
  return [table(["what", "aim", "measured"], rows), ...otherWork(results)].join("\n\n");
}

/** The load before the first part is of others; what comes after it is the bench's own. */
function otherWork({ parts }: Results): string[] {
  const [first] = Object.values(parts).toSorted((a, b) => a.at.localeCompare(b.at));
  if (first === undefined || first.loadBefore < 1) return [];
  return [
    `**The machine was busy with other work** when this was measured: its load average was ${first.loadBefore}.`,
  ];
}

function partSection(part: Part, result: PartResult, hasChart: boolean): string[] {
  const { rounds, roundMs, at, seconds, loadBefore, quick } = result;
  const chart = part.name === "checkout" ? "readers" : part.name;
  return [
    `## ${part.title}`,
    part.about,
    ...(hasChart ? [`![${part.title}](${chart}.svg)`] : []),
    ...result.measurements.flatMap(measurementSection),
    ...(Object.keys(result.values).length === 0 ? [] : [valueTable(result.values)]),
    ...(result.checks.length === 0 ? [] : [checkTable(result.checks)]),
    ...result.skipped.map(({ contender, why }) => `Skipped: ${contenderNamed(contender).title}. ${why}`),
    ...result.problems.map((problem) => `**Problem**: ${problem}`),
    `${part.measurements === undefined ? "" : `Medians of ${rounds} round${rounds === 1 ? "" : "s"} of ${roundMs} ms. `}${quick ? "A quick run, which says nothing. " : ""}${at.slice(0, 16).replace("T", " ")} UTC, ${seconds} s; load average before: ${loadBefore}.`,
  ];
}

function measurementSection({ title, figures }: MeasurementResult): string[] {
  const groups = Object.keys(Object.values(figures)[0] ?? {});
  return [`### ${title}`, ...groups.map((group) => groupTable(group, groups.length > 1, figures))];
}

function groupTable(group: string, isOneOfSeveral: boolean, figures: MeasurementResult["figures"]): string {
  const of = (contender: string) => figures[contender]?.[group];
  const baseline = of("ours") ?? of("ours-batch");
  const overHttp = of("ours-http");
  const rows = Object.keys(figures).flatMap((name) => {
    const figure = of(name);
    if (figure === undefined) return [];
    const { title, load } = contenderNamed(name);
    return [
      [
        title,
        ratio(baseline, figure),
        ...(overHttp === undefined ? [] : [load === "http" ? ratio(overHttp, figure) : ""]),
        Math.round(figure.rate).toLocaleString("en"),
        `${Math.round(figure.slowest).toLocaleString("en")} to ${Math.round(figure.fastest).toLocaleString("en")}`,
        ...[figure.p50, figure.p95, figure.p99].map(milliseconds),
        figure.failures === 0 ? "" : figure.failures.toLocaleString("en"),
      ],
    ];
  });
  const heads = [
    isOneOfSeveral ? group : "",
    "ours / it",
    ...(overHttp === undefined ? [] : ["ours over HTTP / it"]),
    ...["per second", "slowest to fastest round", "p50 ms", "p95 ms", "p99 ms", "failed"],
  ];
  return table(heads, rows);
}

function checkTable(checks: readonly CheckResult[]): string {
  const failed = checks.filter(({ holds }) => !holds);
  const held = checks.length - failed.length;
  const lines = failed.map(({ contender, database, what, instead }) => {
    const { title } = contenderNamed(contender);
    return `- ${title} (${database}): it is **not** so that ${what}: \`${instead}\``;
  });
  const all = `Checked afterwards in every contender: ${[...new Set(checks.map(({ what }) => what))].join("; ")}. `;
  return `${all}${held} of ${checks.length} checks hold${lines.length === 0 ? "." : `, but:\n\n${lines.join("\n")}`}`;
}

function valueTable(values: Record<string, number>): string {
  return table(
    ["", "measured"],
    Object.entries(values).map(([name, value]) => [
      name,
      value.toLocaleString("en", { maximumFractionDigits: 3 }),
    ]),
  );
}

function ratio(ours: Figure | undefined, other: Figure): string {
  const value = quotient(ours?.rate, other.rate);
  return value === undefined || ours === other ? "" : times(value);
}

/** The runtime's clock has steps of 1 ms: what takes less may take 0. */
function milliseconds(ms: number): string {
  return ms === 0 ? "< 1" : String(Number(ms.toPrecision(3)));
}

/** To three digits: more would be noise. */
export function times(value: number): string {
  return `${value >= 100 ? Math.round(value).toLocaleString("en") : Number(value.toPrecision(value < 1 ? 2 : 3))} x`;
}

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), `|${heads.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}
