import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Part } from "./part.ts";

const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));
const project = fileURLToPath(new URL("../isolation", import.meta.url));

interface Line {
  rows: number;
  figures: { plain: number; isolated: number }[];
}

/** What a test pays for isolation: the same small test with and without it, on databases of several sizes, in the test runtime. */
export const isolation: Part = {
  name: "isolation",
  title: "Isolated tests",
  about:
    "What `isolateDatabase()` of `d1-procedures/testing` costs: the same small test with and without it, an `INSERT`, an `UPDATE` and a `DELETE` by key and a `SELECT`, on databases with an index, a UNIQUE column and a foreign key that cascades. Inside the object: a round trip of the test runtime, which each call of a test makes anyway, takes 1.5 ms and hides everything else. The fastest round of each, because these are microseconds, and whatever else the machine does adds to them. To undo a level costs no call of its own: it is done at the start of the next one.",
  async run({ settings: { rounds }, result, say }) {
    const { stdout } = await promisify(execFile)(process.execPath, [vitest, "run", "--root", project], {
      timeout: 600_000,
      maxBuffer: 10_000_000,
      env: { ...process.env, ROUNDS: String(rounds) },
    });
    for (const [, json] of stdout.matchAll(/figures (\{.*\})/g)) {
      const { rows, figures } = JSON.parse(json!) as Line;
      for (const kind of ["plain", "isolated"] as const) {
        const fastest = Math.min(...figures.map((figure) => figure[kind]));
        result.values[`${rows} rows: ${kind === "plain" ? "not isolated" : kind}, ms`] = Number(
          fastest.toFixed(3),
        );
        say(`  ${rows} rows, ${kind}: ${fastest.toFixed(3)} ms`);
      }
    }
  },
};
