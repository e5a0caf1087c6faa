/**
 * The real runtime on this machine: `wrangler dev`, with the database and the payment service unless told
 * otherwise.
 */

import { spawn } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const projectDir = fileURLToPath(new URL("../..", import.meta.url));

/** The database and the payment service. */
const ourConfigs = ["wrangler.toml", "procedures/payment-worker/wrangler.toml"];

const startTimeoutMs = 120_000;
const stopTimeoutMs = 5_000;

/**
 * @typedef {object} DevServer
 * @property {string} url
 * @property {number} pid The leader of the process group in which everything runs.
 * @property {() => string} output What the server has printed so far.
 * @property {Promise<void>} ended Settles when the server has ended, for whatever reason.
 * @property {() => Promise<void>} stop Ends the server and everything that it started.
 */

/**
 * Starts the server and waits until it answers.
 *
 * @param {object} options
 * @param {string} options.persistTo Where the databases are kept.
 * @param {string} [options.envFile] A file with `API_TOKEN=...`. Not an argument: those show in `ps`.
 * @param {string} options.scratchDir For the server's logs and its registry.
 * @param {string[]} [options.configs] The wrangler configurations, the main Worker's first.
 * @param {number} [options.port] Where wrangler's proxy listens. Default: any free one.
 * @param {boolean} [options.pastProxy] The url is that of the Worker's own socket. The proxy keeps connections to it, and the runtime
 *   closes each that has been idle for 5 s: what is sent over one at that moment is lost. A POST is answered with 503 "Your worker
 *   restarted mid-request", and a GET when there is another request (cloudflare/workers-sdk#14641).
 * @param {AbortSignal} [options.signal] Ends the wait, and the server with it.
 * @returns {Promise<DevServer>}
 */
export async function startDevServer({
  persistTo,
  envFile,
  scratchDir,
  port,
  pastProxy = false,
  signal,
  configs = ourConfigs,
}) {
  // Before wrangler does: the wait below would take whoever has the port for our own server.
  const chosenPort = await freePort(port);
  const url = `http://127.0.0.1:${chosenPort}`;
  const logFile = join(scratchDir, "logs", `${randomUUID()}.log`);
  const require = createRequire(import.meta.url);
  const wrangler = join(dirname(require.resolve("wrangler/package.json")), "bin", "wrangler.js");
  const args = [
    ...["dev", ...configs.flatMap((config) => ["-c", config])],
    ...["--ip", "127.0.0.1", "--port", String(chosenPort), "--inspector-port", String(await freePort())],
    ...["--persist-to", persistTo, "--show-interactive-dev-session=false"],
    ...(envFile === undefined ? [] : ["--env-file", envFile]),
  ];
  const child = spawn(process.execPath, [wrangler, ...args], {
    cwd: projectDir,
    env: { ...serverEnvironment(scratchDir), WRANGLER_LOG_PATH: logFile },
    stdio: ["ignore", "pipe", "pipe"],
    // Its own process group: wrangler starts workerd as a grandchild, and leaves it behind on some signals.
    detached: true,
  });

  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    child.once("error", (error) => {
      output += `${error.message}\n`;
      resolve();
    });
    child.once("exit", () => resolve());
  });

  const stop = () => stopGroup(child.pid, ended);
  try {
    await waitUntilHealthy(url, ended, signal);
    return {
      url: pastProxy ? await findWorkerUrl(logFile, ended, signal) : url,
      pid: /** @type {number} */ (child.pid),
      output: () => output,
      ended,
      stop,
    };
  } catch (error) {
    await stop();
    if (signal?.aborted) throw error;
    throw new Error(`${/** @type {Error} */ (error).message} Its output:\n\n${output.trim()}\n`);
  }
}

/**
 * Wrangler tells its proxy where the Worker listens, and writes to its log what it tells: some time after that.
 *
 * @param {string} logFile
 * @param {Promise<void>} ended
 * @param {AbortSignal} [signal]
 */
async function findWorkerUrl(logFile, ended, signal) {
  const told = /"userWorkerUrl":\{"protocol":"http:","hostname":"127\.0\.0\.1","port":"(\d+)"\}/;
  let port;
  await until("has not written to its log where the Worker listens", ended, signal, async () => {
    port = told.exec(await readFile(logFile, "utf8"))?.[1];
    return port !== undefined;
  });
  return `http://127.0.0.1:${port}`;
}

/**
 * The environment of the server: quiet, with no use of the network, and apart from every other
 * `wrangler dev` on this machine.
 *
 * @param {string} scratchDir
 */
export function serverEnvironment(scratchDir) {
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...process.env,
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_LOG_PATH: join(scratchDir, "logs"),
    // Shared, a payment-api of another project would take the place of ours.
    WRANGLER_REGISTRY_PATH: join(scratchDir, "registry"),
    // Request.cf would be fetched from Cloudflare, and each start without a network would complain.
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: "true",
    WRANGLER_HIDE_BANNER: "true", // with it goes the check for updates
    FORCE_COLOR: "0",
  };
  delete env.CLOUDFLARE_ENV; // would select an environment that our wrangler.toml does not have
  return env;
}

/**
 * @param {string} url
 * @param {Promise<void>} ended
 * @param {AbortSignal} [signal]
 */
function waitUntilHealthy(url, ended, signal) {
  return until("has not answered", ended, signal, async () => {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  });
}

/**
 * Waits for something that a server does when it starts.
 *
 * @param {string} otherwise What it has not done, for the message of the error.
 * @param {Promise<void>} ended Of the server.
 * @param {AbortSignal | undefined} signal
 * @param {() => Promise<boolean>} look Whether it has. While it cannot be told, it may throw.
 */
async function until(otherwise, ended, signal, look) {
  let hasEnded = false;
  ended.then(() => {
    hasEnded = true;
  });
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline) {
    signal?.throwIfAborted();
    if (hasEnded) throw new Error("The server ended while it was starting.");
    if (await look().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error(`The server ${otherwise} within ${startTimeoutMs / 1000} s.`);
}

/**
 * Ends a process group: asks first, then insists.
 *
 * @param {number | undefined} pid
 * @param {Promise<void>} ended
 */
export async function stopGroup(pid, ended) {
  if (pid === undefined) return;
  signalGroup(pid, "SIGTERM");
  await Promise.race([ended, sleep(stopTimeoutMs, undefined, { ref: false })]);
  // The leader may be gone while workerd is still there.
  const deadline = Date.now() + stopTimeoutMs;
  while (signalGroup(pid, 0) && Date.now() < deadline) await sleep(20);
  signalGroup(pid, "SIGKILL");
}

/**
 * @param {number} pid The leader of the group.
 * @param {NodeJS.Signals | 0} signal
 * @returns {boolean} False when nobody is left in the group.
 */
function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Ports that no system gives to whoever asks for any (Linux from 32768 on, others from 49152 on): what is free among them still is when
 * the server has started that is to listen there.
 */
const firstOwnPort = 20_000;
const ownPorts = 12_000;
const attemptsToFind = 20;

/**
 * @param {number} [wanted] Default: 0, which is any.
 * @returns {Promise<number>}
 */
export async function freePort(wanted = 0) {
  if (wanted !== 0) {
    await checkFree(wanted).catch((error) => {
      throw new Error(`Port ${wanted} of 127.0.0.1 cannot be used: ${error.message}. PORT chooses another.`, {
        cause: error,
      });
    });
    return wanted;
  }
  for (let attempt = 1; ; attempt++) {
    const port = firstOwnPort + randomInt(ownPorts);
    try {
      await checkFree(port);
      return port;
    } catch (error) {
      if (attempt === attemptsToFind) throw error;
    }
  }
}

/**
 * @param {number} port
 * @returns {Promise<void>}
 */
function checkFree(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
  });
}
