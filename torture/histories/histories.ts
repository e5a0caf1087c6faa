import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, parse } from "node:path";
import { check } from "../../test/histories/checker/check.ts";
import type { Transaction } from "../../test/histories/checker/history.ts";
import { toElleJson } from "../../test/histories/elle.ts";
import { Random } from "../../test/histories/random.ts";
import type { CallResult } from "../../test/histories/workload/calls.ts";
import { planCalls } from "../../test/histories/workload/plan.ts";
import { record } from "../../test/histories/workload/record.ts";
import type { Campaign, CampaignContext, CampaignReport } from "../campaign.ts";
import { KilledServer } from "../killed-server.ts";

/**
 * What a plan explains: the object ended, a client gave up, the server was killed. workerd has words of its own for
 * calls whose object has ended before they reached it.
 */
const explained =
  /^(ended by the plan|The operation was aborted due to timeout|fetch failed|terminated)$|other side closed|Network connection lost/;

const maxProblemsShown = 5;

/** Rounds of list-append on the real runtime, each with a database of its own. */
export const histories: Campaign = {
  name: "histories",
  about:
    "procedures at once on the real runtime, killed with SIGKILL; is their history strictly serializable?",
  options: { rounds: 5, calls: 2_000, clients: 16, kills: 3 },
  async run(context) {
    const server = new KilledServer("torture/histories/wrangler.toml");
    const report: CampaignReport = {
      cases: { calls: 0, transactions: 0, "of them unknown": 0, "appends and reads": 0, kills: 0 },
      failures: [],
    };
    try {
      for (let round = 0; round < context.options.rounds! && !context.signal.aborted; round++) {
        await runRound(server, context, context.seed + round, report);
      }
    } finally {
      report.cases.kills = server.kills;
      await server.end();
    }
    return report;
  },
};

async function runRound(
  server: KilledServer,
  { options, progress, signal }: CampaignContext,
  seed: number,
  report: CampaignReport,
): Promise<void> {
  const database = `round-${seed}`;
  const { calls, clients, kills } = options as { calls: number; clients: number; kills: number };
  await server.post(`${database}/set-up`);
  const random = new Random(seed);
  server.killAfter(Array.from({ length: kills }, () => random.between(200, 2_000)));
  const plan = planCalls({ seed, calls, clients, crashesPerThousand: 4 });
  const { history, failures } = await record(plan, async (call) => {
    signal.throwIfAborted();
    return (await server.post(database, call)) as CallResult;
  });
  await server.spare();
  signal.throwIfAborted();

  const problems = check(history).map(({ anomaly, explanation }) => `${anomaly}: ${explanation}`);
  const strange = new Set(failures.map(({ name, message }) => `${name}: ${message}`));
  for (const failure of failures) {
    if (explained.test(failure.message)) strange.delete(`${failure.name}: ${failure.message}`);
  }
  const path = writeHistory(history, seed, problems.length > 0);
  const found = [...problems.slice(0, maxProblemsShown), ...strange];
  if (found.length > 0) {
    const repeat = `npm run torture -- histories --seed=${seed} --rounds=1`;
    report.failures.push([`seed ${seed} (${repeat}); history: ${path}`, ...found].join("\n"));
  }
  count(report, history, calls);
  const unknown = history.filter(({ outcome }) => outcome === "info").length;
  const failed = history.filter(({ outcome }) => outcome === "fail").length;
  progress(
    `seed ${seed}: ${history.length} transactions, ${failed} rolled back, ${unknown} unknown, ${server.kills} kills so far; ` +
      (problems.length === 0 ? "strictly serializable" : `${problems.length} problems`),
  );
}

function count({ cases }: CampaignReport, history: readonly Transaction[], calls: number): void {
  cases.calls! += calls;
  cases.transactions! += history.length;
  cases["of them unknown"]! += history.filter(({ outcome }) => outcome === "info").length;
  cases["appends and reads"]! += history.reduce((sum, { steps }) => sum + steps.length, 0);
}

/** To HISTORY_OUT, with the seed in the name of the file; one with problems is written in any case. */
function writeHistory(history: readonly Transaction[], seed: number, always: boolean): string | undefined {
  const wanted = process.env.HISTORY_OUT;
  if (!wanted && !always) return undefined;
  const { dir, name, ext } = parse(wanted || join(mkdtempSync(join(tmpdir(), "history-")), "history.json"));
  const path = join(dir, `${name}-${seed}${ext}`);
  writeFileSync(path, toElleJson(history));
  return path;
}
