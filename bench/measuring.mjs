/**
 * @typedef {object} LoadResult
 * @property {number} calls
 * @property {number} rate
 * @property {number} p50
 * @property {number} p99
 * @property {number} max
 */

/** @typedef {import("../scripts/lib/dev-server.mjs").DevServer} DevServer */

const rounds = Number(process.env.ROUNDS ?? 5);
const roundMs = Number(process.env.ROUND_MS ?? 2000);
const askTimeoutMs = 60_000;

export const lengthOfRounds = `${rounds} rounds of ${roundMs} ms for each figure; medians`;

/** Lets the Worker of the bench run workloads. */
export class Measuring {
  /** @param {DevServer} server */
  constructor(server) {
    this.server = server;
  }

  /**
   * Measures several workloads in rounds, one after another in each round.
   *
   * @template {string} Name
   * @param {Record<Name, string>} workloads
   * @param {number} clients
   * @returns {Promise<Record<Name, LoadResult>>} The round of each with the median rate.
   */
  async inTurn(workloads, clients) {
    const named = /** @type {[Name, string][]} */ (Object.entries(workloads));
    const results = named.map(([name, workload]) => ({
      name,
      workload,
      of: /** @type {LoadResult[]} */ ([]),
    }));
    for (const { workload } of results) await this.ask(workload, clients, 500); // warm-up
    for (let round = 0; round < rounds; round++) {
      for (const { workload, of } of results) of.push(await this.ask(workload, clients, roundMs));
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
  async median(workload, clients, ms) {
    const results = [];
    for (let round = 0; round < rounds; round++) results.push(await this.ask(workload, clients, ms));
    return middle(results, (result) => result.p99);
  }

  /**
   * @param {string} workload
   * @param {number} [clients]
   * @param {number} [ms]
   * @returns {Promise<any>}
   */
  async ask(workload, clients = 1, ms = 0) {
    // Named, where fetch would say nothing but "failed" after minutes.
    const response = await fetch(`${this.server.url}/${workload}?clients=${clients}&ms=${ms}`, {
      signal: AbortSignal.timeout(askTimeoutMs),
    }).catch((error) => {
      throw new Error(`${workload} with ${clients} clients gave no answer within ${askTimeoutMs} ms`, {
        cause: error,
      });
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`${workload}: ${response.status} ${text.slice(0, 500)}\n${this.server.output()}`);
    return JSON.parse(text);
  }
}

/**
 * @template T
 * @param {T[]} results
 * @param {(result: T) => number} by
 * @returns {T}
 */
export function middle(results, by) {
  const middle = results.toSorted((a, b) => by(a) - by(b))[Math.floor(results.length / 2)];
  if (middle === undefined) throw new Error("ROUNDS must be at least 1.");
  return middle;
}

/** @param {LoadResult} result */
export function perSecond(result) {
  return Math.round(result.rate).toLocaleString("en");
}

/**
 * @param {number} a
 * @param {number} b
 */
export function ratio(a, b) {
  return `${(a / b).toFixed(2)} x`;
}

/**
 * @param {string} name
 * @param {Record<string, string>} figures
 */
export function row(name, figures) {
  const cells = Object.entries(figures).map(([label, figure]) => `${label} ${figure}`);
  console.log(`  ${name.padEnd(12)}${cells.join("   ")}`);
}

/** @param {number} count */
export function clientsOf(count) {
  return `${count} client${count === 1 ? "" : "s"}`;
}
