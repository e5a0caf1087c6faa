import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { projectDir } from "../../scripts/lib/dev-server.mjs";
import { check } from "../histories/checker/check.ts";
import { fromElleJson } from "../histories/elle.ts";

const scratchDir = mkdtempSync(join(tmpdir(), "d1-procedures-torture-test-"));
afterAll(() => rmSync(scratchDir, { recursive: true, force: true }));

/** What `npm run torture -- ...` does. */
function torture(...args: string[]) {
  const command = ["--import", "./torture/typescript.mjs", "torture/run.ts", ...args];
  const env = { ...process.env, HISTORY_OUT: join(scratchDir, "history.json") };
  return spawnSync(process.execPath, command, { cwd: projectDir, env, encoding: "utf8", timeout: 120_000 });
}

describe("npm run torture", () => {
  it("says what it takes when it is given something else", () => {
    const { status, stderr } = torture("calm");
    expect(stderr).toContain('There is no campaign "calm"');
    expect(stderr).toContain("histories: ");
    expect(status).toBe(2);
  });

  it("records histories on the real runtime, and keeps them for others to check", () => {
    const { status, stdout, stderr } = torture(
      "histories",
      "--seed=7",
      "--rounds=1",
      "--calls=100",
      "--kills=0",
    );
    expect(stdout + stderr).toContain("strictly serializable");
    expect(stdout).toMatch(/tried 100 calls, .* 0 kills\n {2}nothing failed/);
    expect(status).toBe(0);
    const history = fromElleJson(readFileSync(join(scratchDir, "history-7.json"), "utf8"));
    expect(history.length).toBeGreaterThan(90);
    expect(check(history)).toEqual([]);
  }, 150_000);
});
