/**
 * `npm run torture`: all campaigns. `npm run torture -- histories --seed=7 --rounds=20`: one of them, with options.
 * The exit status is 0 only if nothing has failed.
 */

import type { Campaign, CampaignReport } from "./campaign.ts";
import { crash } from "./crash/crash.ts";
import { diskFull } from "./disk-full/disk-full.ts";
import { fuzz } from "./fuzz/fuzz.ts";
import { histories } from "./histories/histories.ts";
import { readCommand, usage } from "./options.ts";
import { soak } from "./soak/soak.ts";

const campaigns: readonly Campaign[] = [histories, crash, soak, diskFull, fuzz];

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => interrupt.abort(new Error(`Ended by ${signal}.`)));
}

async function torture(campaign: Campaign, seed: number, given: Record<string, number>): Promise<boolean> {
  const options = { ...campaign.options, ...given };
  const settings = Object.entries({ seed, ...options }).map(([name, value]) => `--${name}=${value}`);
  console.log(
    `${campaign.name}: ${campaign.about}\n  npm run torture -- ${[campaign.name, ...settings].join(" ")}`,
  );
  const progress = (line: string) => console.log(`  ${line}`);
  const { cases, failures } = await campaign
    .run({ seed, options, progress, signal: interrupt.signal })
    .catch((error: Error): CampaignReport => ({ cases: {}, failures: [error.stack ?? error.message] }));
  const tried = Object.entries(cases).map(([what, count]) => `${count.toLocaleString("en")} ${what}`);
  console.log(`  tried ${tried.join(", ") || "nothing"}`);
  for (const failure of failures) console.log(`\nFAILED: ${failure}`);
  console.log(failures.length === 0 ? "  nothing failed\n" : `\n${failures.length} failed\n`);
  return failures.length === 0;
}

const command = readCommand(process.argv.slice(2), campaigns);
if ("problem" in command) {
  console.error(`${command.problem}\n\n${usage(campaigns)}`);
  process.exitCode = 2;
} else {
  for (const campaign of command.campaigns) {
    if (!(await torture(campaign, command.seed, command.options))) process.exitCode = 1;
    if (interrupt.signal.aborted) break;
  }
}
