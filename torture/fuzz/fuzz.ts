import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { projectDir } from "../../scripts/lib/dev-server.mjs";
import type { FuzzMeta } from "../../test/support/fuzz.ts";
import type { Campaign, CampaignContext, CampaignReport } from "../campaign.ts";
import { type FuzzTarget, fuzzTargets } from "./targets.ts";

/** What vitest's JSON reporter writes, as far as it is read here. */
interface VitestReport {
  testResults: {
    name: string;
    message: string;
    status: string;
    assertionResults: {
      fullName: string;
      status: string;
      failureMessages: string[];
      meta: { fuzz?: FuzzMeta[] };
    }[];
  }[];
}

/** What a file takes beside its properties: to start workerd, and to end. */
const startUpSeconds = 240;

/** The property tests of `npm test`, for as long and on as many cases as one likes. */
export const fuzz: Campaign = {
  name: "fuzz",
  about:
    "the property tests, on more cases than npm test has: SQL text, HTTP requests, procedures' names and arguments, dumps",
  options: { runs: 10_000, seconds: 300 },
  async run(context) {
    const report: CampaignReport = { cases: {}, failures: [] };
    for (const target of fuzzTargets()) {
      if (context.signal.aborted) break;
      await runTarget(target, context, report);
    }
    return report;
  },
};

async function runTarget(
  target: FuzzTarget,
  context: CampaignContext,
  report: CampaignReport,
): Promise<void> {
  const { seed, progress } = context;
  const scratchDir = mkdtempSync(join(tmpdir(), "d1-procedures-fuzz-"));
  try {
    const path = join(scratchDir, "report.json");
    const output = await runVitest(target, path, context);
    const results = readReport(path)?.testResults ?? [];
    if (results.length === 0 && !context.signal.aborted) {
      report.failures.push(`${target.file}: vitest gave no report.\n${output.slice(-3_000)}`);
    }
    for (const { name, message, status, assertionResults } of results) {
      if (status === "failed" && assertionResults.length === 0) report.failures.push(`${name}: ${message}`);
      for (const { fullName, status, failureMessages, meta } of assertionResults) {
        for (const { property, cases } of meta.fuzz ?? []) {
          report.cases[property] = (report.cases[property] ?? 0) + cases;
          progress(`seed ${seed}: ${cases.toLocaleString("en")} ${property}, ${status}`);
        }
        if (status !== "failed") continue;
        // A property says how to repeat its case; what has failed beside it has the seed only.
        const repeat = `FUZZ_SEED=${seed} npx vitest run ${relative(projectDir, name)}`;
        report.failures.push(`${fullName} (${repeat})\n${failureMessages.join("\n")}`);
      }
    }
  } finally {
    rmSync(scratchDir, { recursive: true, force: true });
  }
}

function readReport(path: string): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as VitestReport;
  } catch {
    return undefined;
  }
}

/** @returns What vitest has written, for the case that it writes no report. */
function runVitest(
  { file, properties }: FuzzTarget,
  reportPath: string,
  { seed, options, signal }: CampaignContext,
): Promise<string> {
  const { runs, seconds } = options as { runs: number; seconds: number };
  const args = ["vitest", "run", file, "--reporter=json", `--outputFile=${reportPath}`];
  const child = spawn("npx", args, {
    cwd: projectDir,
    // A group of its own: vitest starts workerd.
    detached: true,
    env: { ...process.env, FUZZ_SEED: `${seed}`, FUZZ_RUNS: `${runs}`, FUZZ_SECONDS: `${seconds}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-20_000);
    });
  }
  const end = () => {
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // It has ended.
    }
  };
  // SQLite runs a statement to its end: nothing inside workerd can stop one that has none.
  const hang = setTimeout(
    () => {
      output += `\nIt did not end in time: a case of seed ${seed} takes for ever.`;
      end();
    },
    (seconds * properties + startUpSeconds) * 1_000,
  );
  signal.addEventListener("abort", end, { once: true });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => {
      clearTimeout(hang);
      signal.removeEventListener("abort", end);
      resolve(output);
    });
  });
}
