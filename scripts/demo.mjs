/**
 * `npm run demo`: the Checkout example on the real runtime, with real calls and a database of its own that is
 * gone afterwards. Exits 0 if everything was as told.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkViolated } from "./demo/check-violated.mjs";
import { checkoutSucceeds } from "./demo/checkout-succeeds.mjs";
import { concurrentCheckouts } from "./demo/concurrent-checkouts.mjs";
import { paymentDeclined } from "./demo/payment-declined.mjs";
import { readsDuringPayment } from "./demo/reads-during-payment.mjs";
import { ApiClient } from "./lib/api-client.mjs";
import { startDevServer } from "./lib/dev-server.mjs";
import { migrate, seed } from "./lib/migrate.mjs";
import { createTokenFile } from "./lib/token-file.mjs";

const interruption = new AbortController();
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.once(signal, () => interruption.abort(new Error(`Interrupted by ${signal}.`)));
}

const scratchDir = await mkdtemp(join(tmpdir(), "d1-procedures-demo-"));
try {
  await demo();
} catch (error) {
  process.exitCode = 1;
  console.error(`\nThe demo failed. ${error instanceof Error ? error.message : String(error)}`);
} finally {
  await rm(scratchDir, { recursive: true, force: true });
}
// Whatever connection is still open would only delay the end.
process.exit();

async function demo() {
  const started = performance.now();
  console.log("d1-procedures: the Checkout example on a local database\n");
  const envFile = join(scratchDir, "dev.env");
  const token = await createTokenFile(envFile);
  const server = await startDevServer({
    persistTo: join(scratchDir, "state"),
    envFile,
    scratchDir,
    signal: interruption.signal,
  });
  try {
    console.log(`   server      ready after ${seconds(started)} s`);
    await Promise.race([tell(new ApiClient(server.url, token)), interrupted(), endedEarly(server)]);
  } catch (error) {
    if (!interruption.signal.aborted) console.error(`\nThe server's output:\n${server.output().trim()}`);
    throw error;
  } finally {
    await server.stop();
  }
  console.log(`\nEverything was as told. ${seconds(started)} s in all.`);
}

/** @param {ApiClient} api */
async function tell(api) {
  const applied = await migrate(api);
  console.log(`   migrations  ${applied.join(", ")}`);
  await seed(api);
  console.log("   demo data   procedures/seed.sql");

  await checkoutSucceeds(api);
  await paymentDeclined(api);
  await checkViolated(api);
  await concurrentCheckouts(api);
  await readsDuringPayment(api);
}

/** @returns {Promise<never>} */
function interrupted() {
  return new Promise((_, reject) => {
    interruption.signal.addEventListener("abort", () => reject(interruption.signal.reason));
  });
}

/**
 * @param {import("./lib/dev-server.mjs").DevServer} server
 * @returns {Promise<never>}
 */
async function endedEarly(server) {
  await server.ended;
  throw new Error("The server ended in the middle of it.");
}

/** @param {number} since */
function seconds(since) {
  return ((performance.now() - since) / 1000).toFixed(1);
}
