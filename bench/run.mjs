/**
 * `npm run bench`: every contender runs the same work in the same run on the same machine, in rounds that
 * take turns, so that a change of the machine's speed meets all of them. Prints medians and ratios; asserts
 * nothing about time. `ROUNDS` and `ROUND_MS` in the environment change its length, and
 * `npm run bench -- transfers` runs one part of it.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { clientApi } from "./client-api.mjs";
import { dumps } from "./dumps.mjs";
import { isolation } from "./isolation.mjs";
import { lengthOfRounds, Measuring } from "./measuring.mjs";
import { startBench } from "./start.mjs";
import { transfers } from "./transfers.mjs";

/** @type {Record<string, (scratchDir: string) => Promise<void>>} */
const parts = { transfers: inWorker(transfers), "client-api": inWorker(clientApi), dumps, isolation };
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
const unknown = chosen.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  console.error(
    `No part of the bench is called ${unknown.join(", ")}. There are: ${Object.keys(parts).join(", ")}.`,
  );
  process.exit(2);
}

const scratchDir = await mkdtemp(join(tmpdir(), "d1-procedures-bench-"));
try {
  console.log(`${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores, Node ${process.version}\n`);
  for (const name of chosen) await parts[name]?.(await mkdtemp(join(scratchDir, `${name}-`)));
} finally {
  await rm(scratchDir, { recursive: true, force: true });
}

/**
 * A part whose load is made inside a Worker, next to the databases.
 *
 * @param {(measuring: Measuring) => Promise<void>} part
 * @returns {(scratchDir: string) => Promise<void>}
 */
function inWorker(part) {
  return async (scratchDir) => {
    const server = await startBench(scratchDir);
    try {
      console.log(`${lengthOfRounds}\n`);
      const measuring = new Measuring(server);
      for (const contender of ["ours", "plain", "d1"]) await measuring.ask(`${contender}/set-up`);
      await part(measuring);
    } finally {
      await server.stop();
    }
  };
}
