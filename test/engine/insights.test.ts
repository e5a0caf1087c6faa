import { describe, expect, it } from "vitest";
import { Insights } from "../../src/database/insights.ts";
import { maxInsightCharacters, maxInsightStatements, maxInsightTextBytes } from "../../src/limits.ts";

const hour = 3_600_000;
const run = { durationMs: 1, rowsRead: 2, rowsWritten: 0, rowsReturned: 1 };

/** Insights whose hours pass when the test says so. */
function insightsAt(startMs: number, limits = {}) {
  let elapsed = 0;
  const clock = { wallClockMs: () => startMs + elapsed, monotonicMs: () => elapsed };
  const insights = new Insights(limits, clock);
  const count = (sql: string, over: Partial<typeof run> = {}, writes = false) =>
    insights.count({ sql, writes }, elapsed, { ...run, ...over });
  const pass = (ms: number) => {
    elapsed += ms;
  };
  const all = () => insights.between(0, Number.MAX_SAFE_INTEGER);
  const runs = () => all().reduce((sum, { count }) => sum + count, 0);
  return { insights, count, pass, all, runs };
}

describe("the insights", () => {
  it("add up the runs of a statement, by the hour in which they ended", () => {
    const { count, pass, all } = insightsAt(10 * hour + 1);
    count("SELECT 1");
    count("SELECT 1", { durationMs: 4, rowsReturned: 3 });
    pass(hour - 2);
    count("SELECT 1");
    pass(1);
    count("SELECT 1");
    expect(all()).toEqual([
      {
        query: "SELECT 1",
        hourMs: 10 * hour,
        count: 3,
        durationMs: 6,
        rowsRead: 6,
        rowsWritten: 0,
        rowsReturned: 5,
        writes: false,
      },
      expect.objectContaining({ query: "SELECT 1", hourMs: 11 * hour, count: 1 }),
    ]);
  });

  it("give the hours that have a part in the time asked for, and no other", () => {
    const { insights, count, pass } = insightsAt(0);
    for (let hours = 0; hours < 4; hours++) {
      count(`SELECT ${hours}`);
      pass(hour);
    }
    const between = (from: number, to: number) =>
      insights.between(from, to).map(({ hourMs }) => hourMs / hour);
    expect(between(hour, 2 * hour)).toEqual([1, 2]);
    expect(between(1.5 * hour, 1.6 * hour)).toEqual([1]);
    expect(between(2 * hour, hour)).toEqual([]);
    expect(between(4 * hour, 9 * hour)).toEqual([]);
  });

  it("count an hour once although the wall clock is set back", () => {
    const wall = [10 * hour, 11 * hour, 10 * hour + 5];
    let elapsed = 0;
    const insights = new Insights({}, { wallClockMs: () => wall.shift()!, monotonicMs: () => elapsed });
    for (let hours = 0; hours < 3; hours++) {
      insights.count({ sql: "SELECT 1", writes: false }, elapsed, run);
      elapsed += hour;
    }
    const counts = insights.between(0, 99 * hour).map(({ hourMs, count }) => [hourMs / hour, count]);
    expect(counts.sort()).toEqual([
      [10, 2],
      [11, 1],
    ]);
  });

  it("forget the hours that are too long ago", () => {
    const { insights, count, pass, all } = insightsAt(0, { maxHours: 2 });
    for (let hours = 0; hours < 4; hours++) {
      count(`SELECT ${hours}`);
      pass(hour);
    }
    expect(all().map(({ query }) => query)).toEqual(["SELECT 2", "SELECT 3"]);
    expect(insights.statements).toBe(2);
    expect(insights.textBytes).toBe(2 * 2 * "SELECT 3".length);
  });
});

describe("the bounds of the insights", () => {
  it("hold for 100,000 distinct statements: every run counts, and what costs most keeps its name", () => {
    const { insights, count, all, runs } = insightsAt(0);
    count("SELECT * FROM costly", { durationMs: 1_000 });
    for (let n = 0; n < 100_000; n++) {
      count(`INSERT INTO t VALUES (${n})`, { rowsWritten: 1 }, true);
      if (insights.statements > maxInsightStatements) throw new Error(`${insights.statements} statements`);
    }
    expect(runs()).toBe(100_001);
    expect(all()).toContainEqual(expect.objectContaining({ query: "SELECT * FROM costly", count: 1 }));
    const rest = all().filter(({ query }) => query === "");
    expect(rest).toHaveLength(1);
    expect(rest[0]).toMatchObject({ writes: true });
    expect(rest[0]!.rowsWritten + insights.statements - 1).toBe(100_000);
  });

  it("hold for the texts of 20,000 huge statements", () => {
    const { insights, count, runs } = insightsAt(0);
    for (let n = 0; n < 20_000; n++) {
      count(`SELECT ${n}, '${"x".repeat(50_000)}'`);
      if (insights.textBytes > maxInsightTextBytes) throw new Error(`${insights.textBytes} bytes`);
    }
    expect(runs()).toBe(20_000);
  });

  it("take the names of the oldest hour first, and never the numbers", () => {
    const { count, pass, all } = insightsAt(0, { maxStatements: 2 });
    count("SELECT 1", { durationMs: 1_000 });
    pass(hour);
    count("SELECT 2");
    count("UPDATE t SET a = 1", { rowsWritten: 9 }, true);
    expect(all()).toMatchObject([
      { query: "", hourMs: 0, count: 1, durationMs: 1_000, writes: false },
      { query: "SELECT 2", hourMs: hour },
      { query: "UPDATE t SET a = 1", hourMs: hour, rowsWritten: 9, writes: true },
    ]);
  });

  it("take the names of those that read and write least where the clock has not moved", () => {
    const { count, all } = insightsAt(0, { maxStatements: 2 });
    count("SELECT 1", { durationMs: 0, rowsRead: 50 });
    count("SELECT 2", { durationMs: 0, rowsRead: 5 });
    count("SELECT 3", { durationMs: 0, rowsRead: 1 });
    expect(all().map(({ query }) => query)).toEqual(["SELECT 1", "SELECT 3", ""]);
  });

  it("keep no name that does not fit by itself, but count it", () => {
    const { count, all } = insightsAt(0, { maxTextBytes: 10 });
    count("SELECT 12345");
    count("INSERT INTO t VALUES (1)", {}, true);
    expect(all()).toMatchObject([
      { query: "", count: 1, writes: false },
      { query: "", count: 1, writes: true },
    ]);
  });

  it("cut a long text, and count what is the same so far as one statement", () => {
    const { count, all } = insightsAt(0);
    const beginning = "SELECT 1 -- ".padEnd(maxInsightCharacters, "x");
    for (const end of ["a", "b", "a"]) count(beginning + end);
    count(beginning);
    expect(all()).toMatchObject([{ query: `${beginning}...`, count: 4 }]);
  });

  it("find a statement again whatever its text holds: half a character at the cut, a NUL, nothing at all", () => {
    const { count, all } = insightsAt(0);
    const texts = [
      `${"x".repeat(maxInsightCharacters - 1)}😀😀`,
      "SELECT '\ud800'",
      "SELECT '\0'",
      "__proto__",
    ];
    for (const sql of [...texts, ...texts]) count(sql);
    expect(all().map(({ count }) => count)).toEqual([2, 2, 2, 2]);
  });

  it("find a long statement again after its name was forgotten, and in the next hour", () => {
    const { insights, pass, all } = insightsAt(0, { maxStatements: 1 });
    const long = { sql: "SELECT 1 -- ".padEnd(3_000, "x"), writes: false };
    insights.count(long, 0, run);
    insights.count({ sql: "SELECT 2", writes: false }, 0, run);
    insights.count(long, 0, run);
    pass(hour);
    insights.count(long, hour, run);
    expect(all().map(({ hourMs, count }) => [hourMs, count])).toEqual([
      [0, 3],
      [hour, 1],
    ]);
  });
});
