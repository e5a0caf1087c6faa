import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Results } from "../../../bench/harness/results.ts";
import { emptyPart } from "../../../bench/harness/results.ts";
import { readCommand } from "../../../bench/options.ts";
import { parts } from "../../../bench/parts/index.ts";
import { documents, latest, pages, resultsDirectory, withQuotes } from "../../../bench/report/files.ts";
import { report, table } from "../../../bench/report/markdown.ts";
import { barChart, linearScale, lineChart, logScale } from "../../../bench/report/svg.ts";

/** Transfers of 64 clients at these rates. */
function resultsOf(rates: Record<string, number>): Results {
  const figure = (rate: number) => ({
    readers: {
      ...{ rounds: 5, calls: 10, failures: 0, rate, slowest: rate, fastest: rate },
      p50: 1,
      p95: 2,
      p99: 3,
    },
  });
  const figures = Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, figure(rate)]));
  const measured = { name: "64 clients, alpha 0", title: "Transfers, 64 clients", figures };
  const run = {
    at: "2026-11-21T12:00:00.000Z",
    seconds: 9,
    rounds: 5,
    roundMs: 1000,
    quick: false,
    loadBefore: 0.1,
  };
  return {
    machine: { cpu: "a CPU" },
    parts: { transfers: { ...emptyPart(), ...run, measurements: [measured] } },
  };
}

describe("the report of the bench", () => {
  it("says that an aim is missed, and by how much", () => {
    expect(report(resultsOf({ ours: 400, plain: 100 }))).toContain(
      "| transfers, 64 clients, to a plain Durable Object | at least 5 x | **missed**: 4 x |",
    );
    expect(report(resultsOf({ ours: 512, plain: 100 }))).toContain(
      "| transfers, 64 clients, to a plain Durable Object | at least 5 x | 5.12 x |",
    );
  });

  it("gives each contender the ratio first, and to our own HTTP where the other is called over HTTP", () => {
    const page = report(resultsOf({ ours: 1000, "ours-http": 500, postgres: 125, plain: 2000 }));
    expect(page).toContain("| d1-procedures |  |  | 1,000 |");
    expect(page).toContain("| Node + PostgreSQL, interactive | 8 x | 4 x | 125 |");
    expect(page).toContain("| plain Durable Object | 0.5 x |  | 2,000 |");
  });

  it("names who was skipped, what went wrong, and what does not hold", () => {
    const results = resultsOf({ ours: 1 });
    results.parts.transfers!.skipped.push({ contender: "postgres", why: "It is not installed." });
    results.parts.transfers!.problems.push("ours: OVERLOADED");
    const check = { contender: "d1", database: "transfers", what: "every cent is there", holds: false };
    results.parts.transfers!.checks.push({ ...check, instead: '{"lost or made":-3}' });
    const page = report(results);
    expect(page).toContain("Skipped: Node + PostgreSQL, interactive. It is not installed.");
    expect(page).toContain("**Problem**: ours: OVERLOADED");
    expect(page).toContain('it is **not** so that every cent is there: `{"lost or made":-3}`');
  });

  it("says when the machine was busy with other work", () => {
    const results = resultsOf({ ours: 400, plain: 100 });
    expect(report(results)).not.toContain("busy");
    results.parts.transfers!.loadBefore = 5.5;
    expect(report(results)).toContain("its load average was 5.5");
  });

  it("leaves out what was not measured", () => {
    expect(report({ machine: {}, parts: {} })).toContain("Nothing that has an aim was measured.");
    expect(Object.keys(documents({ machine: {}, parts: {} }))).toEqual(["latest.md"]);
  });

  it("keeps a table whole when a cell has its separator", () => {
    expect(table(["a"], [["x | y"]])).toBe("| a |\n|---|\n| x \\| y |");
  });

  it("fills the passages that pages quote, and refuses one that there is not", () => {
    const page = "before\n<!-- bench:machine -->\nold\n<!-- /bench -->\nafter";
    expect(withQuotes(page, resultsOf({}))).toBe(
      "before\n<!-- bench:machine -->\n\na CPU\n\n<!-- /bench -->\nafter",
    );
    expect(() => withQuotes(page.replace("machine", "nothing"), resultsOf({}))).toThrow(
      "No passage of the bench is called nothing",
    );
  });

  it("stands in the repository as bench/results/latest.json gives it, and so do the pages that quote it", () => {
    const results = latest(resultsDirectory);
    expect(Object.keys(results.parts).length).toBeGreaterThan(0);
    for (const [name, content] of Object.entries(documents(results))) {
      expect(readFileSync(join(resultsDirectory, name), "utf8"), name).toBe(content);
    }
    for (const page of pages()) {
      const text = readFileSync(page, "utf8");
      expect(withQuotes(text, results), `${page}: npm run bench -- report`).toBe(text);
    }
  });
});

describe("a chart", () => {
  const bars = barChart({
    title: "Readers & writers",
    unit: "milliseconds",
    categories: ["ours", "<theirs>"],
    series: [
      { name: "alone", values: [1, 1000] },
      { name: "beside", values: [3, Number.NaN] },
    ],
    logarithmic: true,
  });
  const lines = lineChart({
    title: "Cost",
    xTitle: "rows",
    yTitle: "microseconds",
    xs: [10, 100, 1000],
    series: [{ name: "ours", values: [5, Number.NaN, 9] }],
  });

  it.each([
    ["bars", bars],
    ["lines", lines],
  ])("of %s is well-formed, names its axes, and has colours for light and dark", (_, svg) => {
    const depth: string[] = [];
    for (const [, end, name, self] of svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
      if (end === "/") expect(depth.pop()).toBe(name);
      else if (self !== "/") depth.push(name!);
    }
    expect(depth).toEqual([]);
    expect(svg).toMatch(/milliseconds|microseconds/);
    expect(svg).toContain("prefers-color-scheme: dark");
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("escapes texts, and says what was not measured", () => {
    expect(bars).toContain("Readers &amp; writers");
    expect(bars).toContain("&lt;theirs&gt;");
    expect(bars).toContain("not measured");
  });

  it("draws a line past what was not measured", () => {
    expect(lines.match(/<circle/g)).toHaveLength(2);
  });

  it("has axes with round numbers around all values", () => {
    expect(linearScale(9_439).ticks).toEqual([0, 2000, 4000, 6000, 8000, 10_000]);
    expect(linearScale(10).ticks.at(-1)).toBe(10);
    expect(linearScale(0.3).at(0.3)).toBeLessThanOrEqual(1);
    expect(logScale(3, 500).ticks).toEqual([1, 10, 100, 1000]);
    expect(logScale(3, 500).at(1)).toBe(0);
    // So that a bar of the least value has a length.
    expect(logScale(10, 10).ticks).toEqual([1, 10]);
  });
});

describe("the command", () => {
  const read = (...args: string[]) => readCommand(args, parts, "results");

  it("says what there is no part, and no contender, of", () => {
    expect(read("transfer")).toEqual({
      problem: "There is no part of the bench called transfer, and no such option.",
    });
    expect(read("--contenders=ours,mysql")).toHaveProperty(
      "problem",
      expect.stringContaining("There is no contender mysql. There are: ours, "),
    );
  });

  it("runs everything, or what is named, and keeps quick results only where it is told to", () => {
    expect(read()).toMatchObject({ parts, quick: false, out: "results" });
    expect(read("tpc-b", "--quick")).toMatchObject({ parts: [{ name: "tpc-b" }], out: undefined });
    expect(read("--quick", "--out=x")).toMatchObject({ quick: true, out: "x" });
    expect(read("report")).toMatchObject({ action: "report", out: "results" });
  });
});
