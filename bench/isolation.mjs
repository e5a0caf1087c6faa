import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { row } from "./measuring.mjs";

const here = dirname(fileURLToPath(import.meta.url));

/**
 * What a test pays for isolation: the same small test with and without it, on databases of several sizes, in the test runtime.
 */
export async function isolation() {
  const vitest = join(here, "../node_modules/vitest/vitest.mjs");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [vitest, "run", "--root", join(here, "isolation")],
    {
      timeout: 600_000,
      maxBuffer: 10_000_000,
    },
  );
  const results = [...stdout.matchAll(/figures (\{.*\})/g)].map(([, json]) => JSON.parse(json ?? ""));
  console.log("Isolated tests: a small test of four statements, three of which write, inside the object");
  for (const { rows, figures } of results) {
    // The fastest round of each: these are microseconds, and whatever else the machine does adds to them.
    const fastest = (/** @type {"plain" | "isolated"} */ kind) =>
      Math.min(...figures.map((/** @type {any} */ figure) => figure[kind]));
    const [plain, isolated] = [fastest("plain"), fastest("isolated")];
    const ms = (/** @type {number} */ value) => `${value.toFixed(2)} ms`;
    row(`${rows} rows`, {
      "not isolated": ms(plain),
      isolated: ms(isolated),
      "for isolation": ms(isolated - plain),
    });
  }
}
