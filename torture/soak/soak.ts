import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startDevServer } from "../../scripts/lib/dev-server.mjs";
import { Random } from "../../test/histories/random.ts";
import type { Campaign, CampaignContext, CampaignReport } from "../campaign.ts";
import { type Judgement, judgeMemory, MemoryCurves } from "./memory-curves.ts";
import type { Outcomes } from "./pending.ts";
import { total } from "./soak-procedures.ts";
import { SoakServer } from "./soak-server.ts";
import { Watchdog } from "./watchdog.ts";

/** One whose object lives as long as the server, so that what it keeps in memory shows; one that ends now and then. */
const databases = ["steady", "restarting"] as const;

const callsInSlice = 60;
const transferPauseMs = 5_000;
const crashPauseMs = 20_000;
const maxProblemsShown = 20;
const progressEveryMs = 15_000;

interface Tally {
  counts: Record<string, number>;
  /** By client. */
  transfers: number[];
  unknownTransfers: number[];
  strange: Map<string, number>;
  fileTransfers: number;
}

/** A mixed load on the real runtime for minutes: does every call get its answer, and does memory stay what it is? */
export const soak: Campaign = {
  name: "soak",
  about:
    "a mixed load on the real runtime for minutes: every call is answered, the sums are right, memory stays flat",
  options: { minutes: 10, clients: 32 },
  async run(context) {
    const scratchDir = mkdtempSync(join(tmpdir(), "d1-procedures-soak-"));
    const envFile = join(scratchDir, "vars");
    writeFileSync(envFile, "");
    try {
      const server = await startDevServer({
        configs: ["torture/soak/wrangler.toml"],
        envFile,
        scratchDir,
        persistTo: join(scratchDir, "state"),
        pastProxy: true,
        signal: context.signal,
      });
      try {
        return await runSoak(new SoakServer(server), context);
      } finally {
        await server.stop();
      }
    } finally {
      rmSync(scratchDir, { recursive: true, force: true });
    }
  },
};

async function runSoak(server: SoakServer, context: CampaignContext): Promise<CampaignReport> {
  const { minutes, clients } = context.options as { minutes: number; clients: number };
  for (const database of databases) await server.post("set-up", { database, clients });
  const tally: Tally = {
    counts: {},
    transfers: Array<number>(clients).fill(0),
    unknownTransfers: Array<number>(clients).fill(0),
    strange: new Map(),
    fileTransfers: 0,
  };
  const curves = new MemoryCurves(server.pid);
  const watchdog = new Watchdog(server);
  // One that cannot go on ends all: the rest would be another load than that of the seed.
  const broken = new AbortController();
  const ended = endOf([context.signal, watchdog.stalled, broken.signal], minutes * 60_000);
  const load = [
    ...Array.from({ length: clients }, (_, client) => runClient(server, client, context.seed, tally, ended)),
    runFileTransfers(server, tally, ended),
    runCrashes(server, tally, ended),
  ];
  for (const loop of load) loop.catch(() => broken.abort());
  const beside = [
    curves.sampleUntil(ended),
    watchdog.watchUntil(ended),
    tellProgress(context, { tally, curves, watchdog, ended }),
  ];
  // A slice that is under way when the time is up is waited for: its calls count.
  const failures: string[] = [];
  const outcomes = await Promise.race([Promise.allSettled(load), watchdog.neverAnswered]);
  if (outcomes === undefined) failures.push(await watchdog.report());
  else {
    const reasons = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [String(outcome.reason)] : [],
    );
    if (reasons.length > 0)
      failures.push([...new Set(reasons), `Its last words:\n${server.lastLines}`].join("\n"));
  }
  await Promise.all(beside);

  for (const [words, times] of [...tally.strange].slice(0, maxProblemsShown))
    failures.push(`${times} times: ${words}`);
  if (outcomes !== undefined) failures.push(...(await checkDatabases(server, tally)));
  const judgement = judgeMemory(curves.samples);
  for (const line of judgement.lines) context.progress(line);
  failures.push(...judgement.failures.map((failure) => `${failure} (--seed=${context.seed})`));
  return { cases: casesOf(tally, judgement), failures };
}

/** By hand: Node 20 may collect an AbortSignal.timeout() that only AbortSignal.any() knows. */
function endOf(signals: AbortSignal[], afterMs: number): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), afterMs);
  for (const signal of signals) {
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      controller.abort();
    });
  }
  return controller.signal;
}

async function runClient(
  server: SoakServer,
  client: number,
  seed: number,
  tally: Tally,
  ended: AbortSignal,
): Promise<void> {
  const seeds = new Random(seed * 1_000 + client);
  const database = databases[client % databases.length]!;
  do {
    const slice = { database, client, seed: seeds.between(0, 2 ** 31), calls: callsInSlice };
    add(tally, client, await server.post<Outcomes>("slice", slice));
  } while (!ended.aborted);
}

function add(tally: Tally, client: number, outcomes: Outcomes): void {
  for (const [name, count] of Object.entries(outcomes.counts))
    tally.counts[name] = (tally.counts[name] ?? 0) + count;
  for (const words of outcomes.strange) tally.strange.set(words, (tally.strange.get(words) ?? 0) + 1);
  if (client < 0) return;
  tally.transfers[client]! += outcomes.transfers;
  tally.unknownTransfers[client]! += outcomes.unknownTransfers;
}

/** Exports and imports, one after another. */
async function runFileTransfers(server: SoakServer, tally: Tally, ended: AbortSignal): Promise<void> {
  do {
    const outcome = await server.post<string>("transfer", { database: "steady" });
    if (outcome !== "ok") tally.strange.set(outcome, (tally.strange.get(outcome) ?? 0) + 1);
    tally.fileTransfers++;
    await pause(transferPauseMs, ended);
  } while (!ended.aborted);
}

async function runCrashes(server: SoakServer, tally: Tally, ended: AbortSignal): Promise<void> {
  for (;;) {
    await pause(crashPauseMs, ended);
    if (ended.aborted) return;
    add(tally, -1, await server.post<Outcomes>("crash", { database: "restarting" }));
  }
}

interface Soak {
  tally: Tally;
  curves: MemoryCurves;
  watchdog: Watchdog;
  ended: AbortSignal;
}

async function tellProgress(
  { progress }: CampaignContext,
  { tally, curves, watchdog, ended }: Soak,
): Promise<void> {
  while (!ended.aborted) {
    await pause(progressEveryMs, ended);
    progress(`${callsOf(tally).toLocaleString("en")} calls; ${watchdog.longestWait()}; ${curves.now()}`);
  }
}

async function pause(ms: number, ended: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: ended }).catch(() => {});
}

function callsOf(tally: Tally): number {
  return Object.values(tally.counts).reduce((sum, count) => sum + count, 0);
}

async function checkDatabases(server: SoakServer, tally: Tally): Promise<string[]> {
  const failures: string[] = [];
  for (const [index, database] of databases.entries()) {
    const totals = await server.post<{ total: number }>("totals", { database });
    if (totals.total !== total)
      failures.push(`${database}: the balances sum up to ${totals.total}, not ${total}`);
    const check = await server.post<string[]>("check", { database });
    if (check.join() !== "ok") failures.push(`${database}: quick_check says ${check.join()}`);
    const stored = await server.post<number[]>("transfers", { database });
    for (const [client, count] of stored.entries()) {
      const known = client % databases.length === index ? tally.transfers[client]! : 0;
      const most = known === 0 ? 0 : known + tally.unknownTransfers[client]!;
      if (count >= known && count <= most) continue;
      failures.push(
        `${database}: client ${client} has ${count} transfers stored; ${known} were acknowledged, ${most - known} are unknown`,
      );
    }
  }
  return failures;
}

function casesOf(tally: Tally, { memory }: Judgement): Record<string, number> {
  const ended = Object.entries(tally.counts).filter(([name]) => !name.endsWith(": ok"));
  return {
    calls: callsOf(tally),
    ...Object.fromEntries(ended.sort(([a], [b]) => a.localeCompare(b))),
    "exports and imports": tally.fileTransfers,
    ...memory,
  };
}
