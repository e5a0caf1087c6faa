/** Runs in a mount namespace of its own: mounts the small disk, runs the rounds on it, and tells disk-full.ts in lines of JSON. */

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { CampaignReport } from "../campaign.ts";
import { runRound } from "./round.ts";

export type DiskMessage = { mounted: true } | { progress: string } | { report: CampaignReport };

export interface DiskOptions {
  seed: number;
  rounds: number;
  clients: number;
  megabytes: number;
}

const [scratchDir, given] = process.argv.slice(2) as [string, string];
const options = JSON.parse(given) as DiskOptions;
const tell = (message: DiskMessage) => console.log(JSON.stringify(message));

// Its server would outlive it.
const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupt.abort());

const disk = join(scratchDir, "disk");
mkdirSync(disk, { recursive: true });
execFileSync("mount", ["-t", "tmpfs", "-o", `size=${options.megabytes}m`, "tmpfs", disk], {
  stdio: "inherit",
});
tell({ mounted: true });

const report: CampaignReport = {
  cases: { rounds: 0, "transfers acknowledged": 0, "writes refused": 0, "reads while the disk was full": 0 },
  failures: [],
};
for (let round = 0; round < options.rounds && !interrupt.signal.aborted; round++) {
  const seed = options.seed + round;
  const repeat = `npm run torture -- disk-full --seed=${seed} --rounds=1`;
  try {
    const { cases, failures } = await runRound({
      ...options,
      seed,
      disk,
      scratchDir,
      signal: interrupt.signal,
    });
    for (const [what, count] of Object.entries(cases)) report.cases[what] = (report.cases[what] ?? 0) + count;
    if (failures.length > 0) report.failures.push([repeat, ...failures].join("\n"));
    tell({ progress: `seed ${seed}: ${JSON.stringify(cases)}` });
  } catch (error) {
    report.failures.push(`${repeat}\n${(error as Error).stack}`);
  }
}
tell({ report });
