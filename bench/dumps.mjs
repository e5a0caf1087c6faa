import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { startDevServer } from "../scripts/lib/dev-server.mjs";
import { createTokenFile } from "../scripts/lib/token-file.mjs";
import { middle, ratio, row } from "./measuring.mjs";
import { memoryOfGroup } from "./memory.mjs";

const largeMegabytes = Number(process.env.DUMP_MB ?? 200);
/** wrangler's local import takes a minute for 5 MB, and four times as long for twice as much. */
const smallMegabytes = Number(process.env.SMALL_DUMP_MB ?? 2);
const rounds = Number(process.env.DUMP_ROUNDS ?? 3);

const table =
  "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, street TEXT, balance REAL, region INT, note, since TEXT)";

/** The row in JavaScript, and the same in SQL. @param {number} id */
const insert = (id) =>
  `INSERT INTO "customer" VALUES(${id},'customer number ${id} of the shop','street ${(id * 7919) % 100_003}, it''s a town',${id % 1000}.25,${id % 97},NULL,'2026-01-0${(id % 9) + 1}');\n`;
const rowsInSql = (/** @type {number} */ from, /** @type {number} */ to) => `
  WITH RECURSIVE n(id) AS (SELECT ${from} UNION ALL SELECT id + 1 FROM n WHERE id < ${to - 1})
  INSERT INTO customer SELECT id, 'customer number ' || id || ' of the shop', 'street ' || (id * 7919 % 100003) || ', it''s a town',
    id % 1000 + 0.25, id % 97, NULL, '2026-01-0' || (id % 9 + 1) FROM n`;

/**
 * Import and export with the real wrangler: `--remote` against this project, `--local` against wrangler's own D1. Whole commands are
 * timed, wrangler's start among them.
 *
 * @param {string} scratchDir
 */
export async function dumps(scratchDir) {
  const envFile = join(scratchDir, "vars");
  const token = await createTokenFile(envFile);
  const server = await startDevServer({ persistTo: join(scratchDir, "state"), envFile, scratchDir });
  try {
    const wrangler = new Wrangler(scratchDir, `${server.url}/client/v4`, token);
    await wrangler.prepare();
    await importSmall(scratchDir, wrangler);
    await importAndExportLarge(scratchDir, wrangler, server.pid);
  } finally {
    await server.stop();
  }
}

/** @param {string} scratchDir @param {Wrangler} wrangler */
async function importSmall(scratchDir, wrangler) {
  const file = join(scratchDir, "small.sql");
  const { megabytes } = await writeDump(file, smallMegabytes);
  console.log(`Import of ${megabytes.toFixed(0)} MB, the whole command`);
  await wrangler.run("create", "small");
  const ours = await seconds(() => wrangler.run("execute", "small", "--remote", `--file=${file}`, "--yes"));
  const local = await seconds(() =>
    wrangler.run("execute", "small-local", "--local", `--file=${file}`, "--yes"),
  );
  row("", {
    ours: speed(megabytes, ours),
    "wrangler --local": speed(megabytes, local),
    "ours/wrangler --local": ratio(local, ours),
  });
}

/** @param {string} scratchDir @param {Wrangler} wrangler @param {number} serverGroup */
async function importAndExportLarge(scratchDir, wrangler, serverGroup) {
  const file = join(scratchDir, "large.sql");
  const { megabytes, rows } = await writeDump(file, largeMegabytes);
  await wrangler.run("create", "large");
  const peak = watchMemory(serverGroup);
  console.log(
    `\nImport of ${megabytes.toFixed(0)} MB (${rows.toLocaleString("en")} rows), the whole command`,
  );
  const ours = await seconds(() => wrangler.run("execute", "large", "--remote", `--file=${file}`, "--yes"));
  const cli = await sqliteSeconds(join(scratchDir, "cli.db"), file);
  row("", {
    ours: speed(megabytes, ours),
    "sqlite3 CLI": speed(megabytes, cli),
    "ours/sqlite3": ratio(cli, ours),
    "peak memory": `${await peak()} MB`,
  });

  // Filled by SQL, because it could not import the file.
  await wrangler.run("execute", "large-local", "--local", "--command", table);
  const step = 200_000;
  for (let from = 0; from < rows; from += step) {
    const sql = rowsInSql(from, Math.min(rows, from + step));
    await wrangler.run("execute", "large-local", "--local", "--command", sql);
  }
  console.log(`\nExport of the same rows, the whole command; ${rounds} rounds, medians`);
  const dump = join(scratchDir, "ours.sql");
  const localDump = join(scratchDir, "local.sql");
  /** @type {{ ours: number, local: number, cli: number }[]} */
  const times = [];
  const exportPeak = watchMemory(serverGroup);
  for (let round = 0; round < rounds; round++) {
    times.push({
      ours: await seconds(() => wrangler.run("export", "large", "--remote", `--output=${dump}`, "-y")),
      local: await seconds(() => wrangler.run("export", "large-local", "--local", `--output=${localDump}`)),
      cli: await sqliteDumpSeconds(join(scratchDir, "cli.db"), join(scratchDir, "cli.sql")),
    });
  }
  const median = (/** @type {"ours" | "local" | "cli"} */ name) => middle(times, (time) => time[name])[name];
  // Of the same rows the one dump has more bytes than the other: counted are those of the file above.
  row("", {
    ours: speed(megabytes, median("ours")),
    "wrangler --local": speed(megabytes, median("local")),
    "sqlite3 CLI": speed(megabytes, median("cli")),
    "ours/wrangler --local": ratio(median("local"), median("ours")),
    "ours/sqlite3": ratio(median("cli"), median("ours")),
    "peak memory": `${await exportPeak()} MB`,
  });

  await wrangler.run("create", "second");
  const again = await seconds(() => wrangler.run("execute", "second", "--remote", `--file=${dump}`, "--yes"));
  const secondDump = join(scratchDir, "second.sql");
  await wrangler.run("export", "second", "--remote", `--output=${secondDump}`, "-y");
  const isEqual = (await digest(dump)) === (await digest(secondDump));
  const dumpMegabytes = (await stat(dump)).size / 1e6;
  console.log(`\nThe dump (${dumpMegabytes.toFixed(0)} MB) imported again: ${speed(dumpMegabytes, again)}`);
  console.log(`  and exported again: ${isEqual ? "the same bytes" : "OTHER BYTES"}`);
  if (!isEqual) throw new Error("A second round gave another dump.");
}

/** The real wrangler. */
class Wrangler {
  #dir;
  #env;

  /** @param {string} dir @param {string} apiBaseUrl @param {string} token */
  constructor(dir, apiBaseUrl, token) {
    this.#dir = join(dir, "wrangler");
    this.#env = {
      ...process.env,
      CLOUDFLARE_API_BASE_URL: apiBaseUrl,
      CLOUDFLARE_API_TOKEN: token,
      CLOUDFLARE_ACCOUNT_ID: "local",
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_LOG_PATH: join(dir, "logs"),
      // wrangler holds a local export in memory, several times over.
      NODE_OPTIONS: "--max-old-space-size=8192",
      CI: "1",
    };
  }

  /** A wrangler.toml with the local databases to compare with. */
  async prepare() {
    await mkdir(this.#dir);
    const databases = ["small-local", "large-local"].map(
      (name) =>
        `[[d1_databases]]\nbinding = "${name.replace("-", "_")}"\ndatabase_name = "${name}"\ndatabase_id = "${name}"\n`,
    );
    await writeFile(
      join(this.#dir, "wrangler.toml"),
      `name = "bench"\ncompatibility_date = "2026-04-24"\n${databases.join("")}`,
    );
  }

  /** @param {...string} args */
  async run(...args) {
    const require = createRequire(import.meta.url);
    const bin = join(dirname(require.resolve("wrangler/package.json")), "bin", "wrangler.js");
    const options = { cwd: this.#dir, env: this.#env, timeout: 600_000, maxBuffer: 64_000_000 };
    await promisify(execFile)(process.execPath, [bin, "d1", ...args], options);
  }
}

/** @param {string} file @param {number} megabytes */
async function writeDump(file, megabytes) {
  let bytes = 0;
  let rows = 0;
  const pieces = function* () {
    yield `${table};\n`;
    while (bytes < megabytes * 1e6) {
      let piece = "";
      for (let count = 0; count < 1000; count++) piece += insert(rows++);
      bytes += piece.length;
      yield piece;
    }
  };
  await pipeline(pieces, createWriteStream(file));
  return { megabytes: bytes / 1e6, rows };
}

/** @param {() => Promise<unknown>} work */
async function seconds(work) {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** The physical limit: one transaction, no network. NaN where there is no sqlite3. @param {string} database @param {string} file */
async function sqliteSeconds(database, file) {
  return seconds(() => sqlite3(database, `PRAGMA journal_mode=WAL;\nBEGIN;\n.read ${file}\nCOMMIT;\n`)).catch(
    () => Number.NaN,
  );
}

/** @param {string} database @param {string} file */
async function sqliteDumpSeconds(database, file) {
  return seconds(() => sqlite3(database, `.output ${file}\n.dump\n`)).catch(() => Number.NaN);
}

/** @param {string} database @param {string} input @returns {Promise<void>} */
function sqlite3(database, input) {
  return new Promise((resolve, reject) => {
    const child = spawn("sqlite3", [database], { stdio: ["pipe", "ignore", "inherit"] });
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`sqlite3 ended with ${code}`))));
    child.stdin.on("error", () => {}); // it is not there
    child.stdin.end(input);
  });
}

/** @param {number} group @returns {() => Promise<number>} The greatest resident memory since, in MB. */
function watchMemory(group) {
  let peak = 0;
  const look = async () => {
    peak = Math.max(peak, Number(await memoryOfGroup(group)) || 0);
  };
  const timer = setInterval(look, 250);
  return async () => {
    clearInterval(timer);
    await look();
    return peak;
  };
}

/** @param {string} file */
async function digest(file) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** @param {number} megabytes @param {number} time */
function speed(megabytes, time) {
  return `${time.toFixed(1)} s (${(megabytes / time).toFixed(1)} MB/s)`;
}
