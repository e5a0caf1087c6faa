import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const projectDir = fileURLToPath(new URL("../..", import.meta.url));

function scratchFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("d1-procedures-demo-"));
}

it("npm run demo tells its story, exits 0 and leaves nothing behind", async () => {
  const foldersBefore = scratchFolders();
  // Rejects unless the exit code is 0.
  const { stdout } = await run("npm", ["run", "demo"], { cwd: projectDir, timeout: 120_000 });
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
  expect(scratchFolders()).toEqual(foldersBefore);
}, 130_000);
