import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { measure } from "../../../bench/harness/measure.ts";
import { emptyPart, type Results } from "../../../bench/harness/results.ts";
import { NotInstalled, type Session } from "../../../bench/harness/session.ts";
import { transfers } from "../../../bench/parts/transfers.ts";
import { projectDir } from "../../../scripts/lib/dev-server.mjs";

const scratchDir = mkdtempSync(join(tmpdir(), "d1-procedures-bench-test-"));
afterAll(() => rmSync(scratchDir, { recursive: true, force: true }));

/** What `npm run bench -- ...` does. */
function bench(...args: string[]) {
  const command = ["--import", "./torture/typescript.mjs", "bench/run.ts", ...args];
  return spawnSync(process.execPath, command, { cwd: projectDir, encoding: "utf8", timeout: 110_000 });
}

describe("npm run bench", () => {
  it("measures contenders in the real runtime, checks their data, and writes the report", () => {
    const out = join(scratchDir, "results");
    const { status, stdout, stderr } = bench("tpc-b", "--quick", "--contenders=ours,plain", `--out=${out}`);
    expect(stdout + stderr).not.toContain("PROBLEM");
    expect(status).toBe(0);
    const { parts } = JSON.parse(readFileSync(join(out, "latest.json"), "utf8")) as Results;
    const { measurements, checks } = parts["tpc-b"]!;
    expect(measurements.map(({ figures }) => Object.keys(figures))).toEqual([
      ["ours", "plain"],
      ["ours", "plain"],
    ]);
    for (const { figures } of measurements) {
      for (const { transactions } of Object.values(figures)) {
        expect(transactions).toMatchObject({ failures: 0, rounds: 1 });
        expect(transactions!.calls).toBeGreaterThan(0);
      }
    }
    expect(checks).toHaveLength(6);
    expect(checks.every(({ holds }) => holds)).toBe(true);
    expect(readFileSync(join(out, "latest.md"), "utf8")).toContain("A quick run, which says nothing.");
    expect(existsSync(join(out, "tpc-b.svg"))).toBe(true);
  }, 120_000);

  it("goes on without a contender that is not installed, and says so", async () => {
    const session = {
      contender: (name: string) => Promise.reject(new NotInstalled(`${name} is not installed.`)),
    } as unknown as Session;
    const settings = { quick: true, rounds: 1, roundMs: 1 };
    const result = emptyPart();
    const said: string[] = [];
    const [first, second] = transfers.measurements!(settings);
    const contenders = ["postgres", "sqlite-full"];
    await measure(
      session,
      [
        { ...first!, contenders },
        { ...second!, contenders },
      ],
      settings,
      result,
      (line) => said.push(line),
    );
    expect(result.skipped).toEqual(
      contenders.map((contender) => ({ contender, why: `${contender} is not installed.` })),
    );
    expect(result.problems).toEqual([]);
    expect(said.filter((line) => line.includes("is skipped"))).toHaveLength(2);
  });
});
