import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { startDevServer } from "../../scripts/lib/dev-server.mjs";
import { createTokenFile } from "../../scripts/lib/token-file.mjs";
import { median } from "../harness/statistics.ts";
import { rowsInSql, schemaOfDump, writeDump } from "./dumps/dump-file.ts";
import { sqlite3Dump, sqlite3Import } from "./dumps/sqlite3.ts";
import { Wrangler } from "./dumps/wrangler.ts";
import { watchMemory } from "./memory.ts";
import type { Part, PartContext } from "./part.ts";

/** Import and export with the real wrangler: `--remote` against this project, `--local` against wrangler's own D1. */
export const dumps: Part = {
  name: "dumps",
  title: "Import and export",
  about:
    "The real wrangler, whole commands with its start of about a second: `d1 execute --remote --file` and `d1 export --remote` against this project in `wrangler dev`, `--local` against wrangler's own D1; and the sqlite3 command line (one transaction, no network) as the physical limit. The data are customers of seven columns, some 133 bytes a row as an INSERT of its own. `DUMP_MB`, `SMALL_DUMP_MB` and `DUMP_ROUNDS` change the sizes and the rounds. wrangler's local import takes four times as long for twice as much, which is why it gets a small file.",
  async run(context) {
    const directory = join(context.session.directory, "dumps");
    await mkdir(directory);
    const envFile = join(directory, "vars");
    const token = await createTokenFile(envFile);
    const server = await startDevServer({
      persistTo: join(directory, "state"),
      envFile,
      scratchDir: directory,
      pastProxy: true,
    });
    try {
      const wrangler = new Wrangler(directory, `${server.url}/client/v4`, token);
      await wrangler.prepare();
      await importSmall(context, directory, wrangler);
      await importAndExportLarge(context, directory, wrangler, server.pid);
    } finally {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    }
  },
};

async function importSmall({ settings, result, say }: PartContext, directory: string, wrangler: Wrangler) {
  const file = join(directory, "small.sql");
  const { megabytes } = await writeDump(file, sizeOf("SMALL_DUMP_MB", settings.quick ? 0.1 : 2));
  await wrangler.run("create", "small");
  const note = noteIn(result.values, say, `import of ${megabytes.toFixed(0)} MB`);
  note("ours", await seconds(() => wrangler.run("execute", "small", "--remote", `--file=${file}`, "--yes")));
  const local = ["execute", "small-local", "--local", `--file=${file}`, "--yes"];
  note("wrangler --local", await seconds(() => wrangler.run(...local)));
}

async function importAndExportLarge(
  { settings, result, say }: PartContext,
  directory: string,
  wrangler: Wrangler,
  serverGroup: number,
) {
  const { quick } = settings;
  const file = join(directory, "large.sql");
  const { megabytes, rows } = await writeDump(file, sizeOf("DUMP_MB", quick ? 1 : 200));
  await wrangler.run("create", "large");
  const cli = join(directory, "cli.db");
  const noteImport = noteIn(result.values, say, `import of ${megabytes.toFixed(0)} MB`);
  const importPeak = watchMemory(serverGroup);
  noteImport(
    "ours",
    await seconds(() => wrangler.run("execute", "large", "--remote", `--file=${file}`, "--yes")),
  );
  noteImport("sqlite3", await secondsIfThere(() => sqlite3Import(cli, file)));
  result.values["import: workerd at most, MB"] = await importPeak();

  // Filled by SQL, because it could not import the file.
  await wrangler.run("execute", "large-local", "--local", "--command", schemaOfDump);
  const step = 200_000;
  for (let from = 0; from < rows; from += step) {
    const sql = rowsInSql(from, Math.min(rows, from + step));
    await wrangler.run("execute", "large-local", "--local", "--command", sql);
  }
  const dump = join(directory, "ours.sql");
  const localDump = join(directory, "local.sql");
  const times: Record<"ours" | "wrangler --local" | "sqlite3", number[]> = {
    ours: [],
    "wrangler --local": [],
    sqlite3: [],
  };
  const exportPeak = watchMemory(serverGroup);
  for (let round = 0; round < sizeOf("DUMP_ROUNDS", quick ? 1 : 3); round++) {
    times.ours.push(
      await seconds(() => wrangler.run("export", "large", "--remote", `--output=${dump}`, "-y")),
    );
    times["wrangler --local"].push(
      await seconds(() => wrangler.run("export", "large-local", "--local", `--output=${localDump}`)),
    );
    times.sqlite3.push(await secondsIfThere(() => sqlite3Dump(cli, join(directory, "cli.sql"))));
  }
  // Of the same rows the one dump has more bytes than the other: counted are those of the file above.
  const noteExport = noteIn(result.values, say, `export of ${megabytes.toFixed(0)} MB`);
  for (const [name, all] of Object.entries(times)) noteExport(name, median(all));
  result.values["export: workerd at most, MB"] = await exportPeak();

  await wrangler.run("create", "second");
  const dumpMegabytes = ((await stat(dump)).size / 1e6).toFixed(0);
  const again = ["execute", "second", "--remote", `--file=${dump}`, "--yes"];
  noteIn(
    result.values,
    say,
    `import of its own dump of ${dumpMegabytes} MB`,
  )("ours", await seconds(() => wrangler.run(...again)));
  const secondDump = join(directory, "second.sql");
  await wrangler.run("export", "second", "--remote", `--output=${secondDump}`, "-y");
  if ((await digest(dump)) !== (await digest(secondDump))) {
    result.problems.push("The dump of an imported dump has other bytes.");
  }
}

function noteIn(values: Record<string, number>, say: (line: string) => void, what: string) {
  return (name: string, time: number) => {
    if (Number.isNaN(time)) return;
    values[`${what}: ${name}, s`] = Number(time.toFixed(2));
    say(`  ${what}: ${name} ${time.toFixed(1)} s`);
  };
}

function sizeOf(variable: string, fallback: number): number {
  return Number(process.env[variable] ?? fallback);
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** NaN where there is no sqlite3. */
function secondsIfThere(work: () => Promise<unknown>): Promise<number> {
  return seconds(work).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Number.NaN;
    throw error;
  });
}

async function digest(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
