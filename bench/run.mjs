/**
 * `npm run bench`: every contender runs the same work in the same run on the same machine, in rounds that
 * take turns, so that a change of the machine's speed meets all of them. Prints medians and ratios; asserts
 * nothing about time. `ROUNDS` and `ROUND_MS` in the environment change its length.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { startDevServer } from "../scripts/lib/dev-server.mjs";
import { memoryOfGroup } from "./memory.mjs";

const rounds = Number(process.env.ROUNDS ?? 5);
const roundMs = Number(process.env.ROUND_MS ?? 2000);
const askTimeoutMs = 60_000;
const accounts = 100_000;
const startBalance = 1_000_000;

/**
 * @typedef {object} LoadResult
 * @property {number} calls
 * @property {number} rate
 * @property {number} p50
 * @property {number} p99
 * @property {number} max
 */

const scratchDir = await mkdtemp(join(tmpdir(), "d1-procedures-bench-"));
const server = await startDevServer({ persistTo: scratchDir, scratchDir, configs: ["bench/wrangler.toml"] });
try {
  await run();
} finally {
  await server.stop();
  await rm(scratchDir, { recursive: true, force: true });
}

async function run() {
  console.log(`${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores, Node ${process.version}`);
  console.log(`${rounds} rounds of ${roundMs} ms for each figure; medians\n`);
  for (const contender of ["ours", "plain", "d1"]) await ask(`${contender}/set-up`);

  console.log(`Transfer: 2 SELECT + 2 UPDATE, ${accounts.toLocaleString("en")} accounts (calls per second)`);
  for (const clients of [1, 8, 64]) {
    const { ping, ours, plain, d1 } = await inTurn(
      { ping: "ours/ping", ours: "ours/transfer", plain: "plain/transfer", d1: "d1/transfer" },
      clients,
    );
    row(`${clients} client${clients === 1 ? "" : "s"}`, {
      ping: perSecond(ping),
      ours: perSecond(ours),
      plain: perSecond(plain),
      "d1, 4 awaits": perSecond(d1),
      "ours/plain": ratio(ours.rate, plain.rate),
      "ours/d1": ratio(ours.rate, d1.rate),
      "ours/ping": ratio(ours.rate, ping.rate),
    });
  }
  for (const contender of ["ours", "plain", "d1"]) {
    const total = await ask(`${contender}/total`);
    // Awaited D1 statements are no transaction: updates of other clients are lost, and money with them.
    const note =
      total === accounts * startBalance
        ? "every cent is there"
        : `${total - accounts * startBalance} lost or made`;
    console.log(`  money in ${contender}: ${note}`);
  }

  console.log(
    "\nReads beside a transaction that holds uncommitted rows for 500 ms (64 clients; ms, the runtime's clock has steps of 1 ms)",
  );
  for (const contender of ["ours", "plain"]) {
    const idle = await median(`${contender}/read`, 64, 400);
    const held = await median(`${contender}/read-while-held`, 64, 500);
    row(contender, {
      "idle p99": idle.p99.toFixed(2),
      "held p99": held.p99.toFixed(2),
      "held max": held.max.toFixed(1),
      "held/idle p99": ratio(held.p99, idle.p99),
      "reads while held": String(held.calls),
    });
  }

  console.log("\nA transaction of 100 writes, with and without one external wait (1 client)");
  const { without, withWait } = await inTurn(
    { without: "ours/100-writes", withWait: "ours/100-writes-wait" },
    1,
  );
  row("ours", {
    "without ms": (1000 / without.rate).toFixed(2),
    "with ms": (1000 / withWait.rate).toFixed(2),
    "with/without": ratio(without.rate, withWait.rate),
  });

  console.log("\nA look-up of a compiled statement");
  row("ours", { us: Number(await ask("ours/compiler-hit")).toFixed(3) });

  console.log("\nMemory of the server over transfers with 64 clients (resident, MB)");
  const before = await memoryOfGroup(server.pid);
  const steps = [];
  let done = 0;
  while (done < 100_000) {
    done += (await ask("ours/transfer", 64, 2000)).calls;
    steps.push(`${(done / 1000).toFixed(0)}k: ${await memoryOfGroup(server.pid)}`);
  }
  console.log(`  before: ${before}   ${steps.join("   ")}`);
}

/**
 * Measures several workloads in rounds, one after another in each round.
 *
 * @template {string} Name
 * @param {Record<Name, string>} workloads
 * @param {number} clients
 * @returns {Promise<Record<Name, LoadResult>>} The round of each with the median rate.
 */
async function inTurn(workloads, clients) {
  const named = /** @type {[Name, string][]} */ (Object.entries(workloads));
  const results = named.map(([name, workload]) => ({ name, workload, of: /** @type {LoadResult[]} */ ([]) }));
  for (const { workload } of results) await ask(workload, clients, 500); // warm-up
  for (let round = 0; round < rounds; round++) {
    for (const { workload, of } of results) of.push(await ask(workload, clients, roundMs));
  }
  const medians = results.map(({ name, of }) => [name, middle(of, (result) => result.rate)]);
  return Object.fromEntries(medians);
}

/**
 * @param {string} workload
 * @param {number} clients
 * @param {number} ms
 * @returns {Promise<LoadResult>} The round with the median p99.
 */
async function median(workload, clients, ms) {
  const results = [];
  for (let round = 0; round < rounds; round++) results.push(await ask(workload, clients, ms));
  return middle(results, (result) => result.p99);
}

/**
 * @template T
 * @param {T[]} results
 * @param {(result: T) => number} by
 * @returns {T}
 */
function middle(results, by) {
  const middle = results.toSorted((a, b) => by(a) - by(b))[Math.floor(results.length / 2)];
  if (middle === undefined) throw new Error("ROUNDS must be at least 1.");
  return middle;
}

/**
 * @param {string} workload
 * @param {number} [clients]
 * @param {number} [ms]
 * @returns {Promise<any>}
 */
async function ask(workload, clients = 1, ms = 0) {
  // Named, where fetch would say nothing but "failed" after minutes.
  const response = await fetch(`${server.url}/${workload}?clients=${clients}&ms=${ms}`, {
    signal: AbortSignal.timeout(askTimeoutMs),
  }).catch((error) => {
    throw new Error(`${workload} with ${clients} clients gave no answer within ${askTimeoutMs} ms`, {
      cause: error,
    });
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${workload}: ${response.status} ${text.slice(0, 500)}\n${server.output()}`);
  return JSON.parse(text);
}

/** @param {LoadResult} result */
function perSecond(result) {
  return Math.round(result.rate).toLocaleString("en");
}

/**
 * @param {number} a
 * @param {number} b
 */
function ratio(a, b) {
  return `${(a / b).toFixed(2)} x`;
}

/**
 * @param {string} name
 * @param {Record<string, string>} figures
 */
function row(name, figures) {
  const cells = Object.entries(figures).map(([label, figure]) => `${label} ${figure}`);
  console.log(`  ${name.padEnd(11)}${cells.join("   ")}`);
}
