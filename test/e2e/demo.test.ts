import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";

const run = promisify(execFile);
const projectDir = fileURLToPath(new URL("../..", import.meta.url));
/** A temporary folder of its own, so that another demo on this machine is not taken for a leftover. */
const temporaryDir = mkdtempSync(join(tmpdir(), "demo-test-"));

afterAll(() => rmSync(temporaryDir, { recursive: true, force: true }));

it("npm run demo tells its story, exits 0 and leaves nothing behind", async () => {
  // Rejects unless the exit code is 0.
  const { stdout } = await run("npm", ["run", "demo"], {
    cwd: projectDir,
    timeout: 120_000,
    env: { ...process.env, TMPDIR: temporaryDir },
  });
  for (const line of [
    /1\. A checkout that succeeds/,
    /amount_charged 29\.00, remaining_balance 71\.00/,
    /2\. A payment that is declined/,
    /PAYMENT_FAILED: The payment failed: The card was declined\./,
    /3\. A balance that would be negative/,
    /CHECK constraint failed: balance >= 0/,
    /4\. 20 checkouts of one cart at once/,
    /1 x 200, 19 x 409/,
    /5\. Reads while a checkout waits 1 s for its payment/,
    /\d+ reads meanwhile, the slowest took \d+ ms/,
    /none saw a row that was not committed/,
    /Everything was as told\./,
  ]) {
    expect(stdout).toMatch(line);
  }
  expect(readdirSync(temporaryDir)).toEqual([]);
  expect(environments().filter((line) => line.includes(temporaryDir))).toEqual([]);
}, 130_000);

/** Of all that runs on this machine, where it has a /proc: workerd has our folder in its environment only. */
function environments(): string[] {
  if (!existsSync("/proc/self/environ")) return [];
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      return [readFileSync(`/proc/${pid}/environ`, "utf8")];
    } catch {
      return []; // it has just ended, or belongs to somebody else
    }
  });
}
