import type { Campaign } from "./campaign.ts";

export interface Command {
  campaigns: Campaign[];
  seed: number;
  options: Record<string, number>;
}

/** @param args Names of campaigns, none for all, and options such as `--seed=7`. */
export function readCommand(
  args: readonly string[],
  campaigns: readonly Campaign[],
): Command | { problem: string } {
  const chosen: Campaign[] = [];
  const options: Record<string, number> = {};
  for (const arg of args) {
    const [, name, value] = /^--(\w+)=(\d+)$/.exec(arg) ?? [];
    const campaign = campaigns.find((candidate) => candidate.name === arg);
    if (name !== undefined) options[name] = Number(value);
    else if (campaign !== undefined) chosen.push(campaign);
    else return { problem: `There is no campaign "${arg}", and it is no option such as --seed=7 either.` };
  }
  const { seed = Math.floor(Math.random() * 2 ** 31), ...others } = options;
  const all = chosen.length > 0 ? chosen : [...campaigns];
  const unknown = Object.keys(others).find((name) => all.some((campaign) => !(name in campaign.options)));
  if (unknown !== undefined)
    return { problem: `--${unknown} is no option of every campaign that was named.` };
  return { campaigns: all, seed, options: others };
}

export function usage(campaigns: readonly Campaign[]): string {
  const lines = campaigns.flatMap(({ name, about, options }) => {
    const settings = Object.entries({ seed: "<any>", ...options }).map(
      ([option, value]) => `--${option}=${value}`,
    );
    return [`  ${name}: ${about}`, `    ${settings.join(" ")}`];
  });
  return ["npm run torture -- [campaign ...] [--option=number ...]", ...lines].join("\n");
}
