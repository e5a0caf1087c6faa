/**
 * `npm start`: the dev server with the Checkout example. The databases stay in .wrangler/state.
 *
 * PORT chooses another port than 8787.
 */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ApiClient } from "./lib/api-client.mjs";
import { projectDir, startDevServer } from "./lib/dev-server.mjs";
import { migrate, seed } from "./lib/migrate.mjs";
import { createTokenFile, readTokenFile } from "./lib/token-file.mjs";

const interruption = new AbortController();
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.once(signal, () => interruption.abort());
}

try {
  await start();
} catch (error) {
  if (!interruption.signal.aborted) {
    process.exitCode = 1;
    console.error(error instanceof Error ? error.message : String(error));
  }
}
process.exit();

async function start() {
  const port = readPort();
  const stateDir = join(projectDir, ".wrangler");
  await mkdir(stateDir, { recursive: true });
  const { token, file } = await findToken(stateDir);
  const server = await startDevServer({
    persistTo: join(stateDir, "state"),
    envFile: file,
    scratchDir: stateDir,
    port,
    signal: interruption.signal,
  });
  try {
    const api = new ApiClient(server.url, token);
    const applied = await migrate(api);
    if (applied.length > 0) console.log(`Applied ${applied.join(", ")}.`);
    if (await seed(api)) console.log("Added the demo data of procedures/seed.sql.");
    console.log(whatToTry(server.url, token));
    await Promise.race([server.ended, interrupted()]);
    if (!interruption.signal.aborted) throw new Error(`The server has ended:\n${server.output().trim()}`);
  } finally {
    await server.stop();
  }
}

/** The deployer's own token if there is one; else one that stays the same from start to start. */
async function findToken(/** @type {string} */ stateDir) {
  for (const file of [join(projectDir, ".dev.vars"), join(stateDir, "dev.env")]) {
    const token = await readTokenFile(file);
    if (token !== undefined) return { token, file };
  }
  const file = join(stateDir, "dev.env");
  return { token: await createTokenFile(file), file };
}

function readPort() {
  const port = Number(process.env.PORT ?? 8787);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`PORT must be a number from 1 to 65535, but is ${JSON.stringify(process.env.PORT)}.`);
  }
  return port;
}

/** @returns {Promise<void>} */
function interrupted() {
  return new Promise((resolve) => {
    interruption.signal.addEventListener("abort", () => resolve());
  });
}

/**
 * @param {string} url
 * @param {string} token
 */
function whatToTry(url, token) {
  return `
Listening on ${url}. Ctrl-C ends it. The data stays in .wrangler/state.

  export API_TOKEN=${token}

Ada (user 1) puts two fountain pens (product 2) into her cart:

  curl ${url}/procedures/AddToCart -H "Authorization: Bearer $API_TOKEN" -d '[1, 2, 2]'

Take the cart_id of the answer, look at the cart, and buy it:

  curl ${url}/procedures/GetCart  -H "Authorization: Bearer $API_TOKEN" -d '[1]'
  curl ${url}/procedures/Checkout -H "Authorization: Bearer $API_TOKEN" -d '[1]'

Any SQL, with the real wrangler (docs/wrangler.md):

  export CLOUDFLARE_API_BASE_URL=${url}/client/v4 CLOUDFLARE_API_TOKEN=$API_TOKEN CLOUDFLARE_ACCOUNT_ID=local
  npx wrangler d1 execute d1-procedures --remote --command="SELECT * FROM purchase"

The whole API: ${url}/reference
`;
}
