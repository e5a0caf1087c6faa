import { startDevServer } from "../scripts/lib/dev-server.mjs";

/**
 * Starts the Worker of the bench, with every contender in it.
 *
 * @param {string} scratchDir For its databases and whatever else it writes.
 */
export function startBench(scratchDir) {
  return startDevServer({ persistTo: scratchDir, scratchDir, configs: ["bench/wrangler.toml"] });
}
