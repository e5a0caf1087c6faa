import { describe, expect, it } from "vitest";
import page from "../../docs/isolation.md?raw";
import { scenarios } from "./scenarios.ts";

describe("docs/isolation.md", () => {
  it("has a row for every anomaly that is played, and no other", () => {
    const rows = page.split("\n").filter((line) => / \| (prevented|happens) \|/.test(line));
    expect(rows).toEqual(scenarios.map(({ anomaly, is }) => `| ${anomaly} | ${is} | prevented | happens |`));
  });

  it("tells of Hermitage's ten anomalies", () => {
    const ten = ["G0", "G1a", "G1b", "G1c", "OTV", "PMP", "P4", "G-single", "G2-item", "G2"];
    expect(new Set(scenarios.map(({ anomaly }) => anomaly.replace(/ \(.*/, "")))).toEqual(new Set(ten));
  });
});

describe("a scenario", () => {
  // Else the tests would not tell the two apart.
  it.each(scenarios)("of $anomaly is observed otherwise when it happens", ({ prevented, happens }) => {
    expect(prevented).not.toEqual(happens);
  });

  it.each(scenarios)("of $anomaly says what would be observed", ({ shows }) => {
    expect(shows).toMatch(/ would .*\.$/);
  });
});
