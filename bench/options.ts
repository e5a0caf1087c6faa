import { contenders } from "./contenders/contenders.ts";
import type { Part } from "./parts/part.ts";

export interface Command {
  /** `report`: only writes the report of what was measured. */
  action: "run" | "report";
  parts: readonly Part[];
  quick: boolean;
  /** Who is measured, if not everybody. */
  contenders: readonly string[] | undefined;
  /** Where results and report go. Undefined: nowhere. */
  out: string | undefined;
  /** Where CPU profiles of the runtime go, one a part. */
  profile: string | undefined;
}

/** @param args What stands behind `npm run bench --`. */
export function readCommand(
  args: readonly string[],
  parts: readonly Part[],
  defaultOut: string,
): Command | { problem: string } {
  const chosen: Part[] = [];
  const options: Pick<Command, "quick" | "out" | "profile" | "contenders"> = {
    quick: false,
    out: undefined,
    profile: undefined,
    contenders: undefined,
  };
  let action: Command["action"] = "run";
  for (const arg of args) {
    const part = parts.find(({ name }) => name === arg);
    const [, option, value] = /^--(out|profile|contenders)=(.+)$/.exec(arg) ?? [];
    if (part !== undefined) chosen.push(part);
    else if (arg === "report") action = "report";
    else if (arg === "--quick") options.quick = true;
    else if (option === "contenders") options.contenders = value!.split(",");
    else if (option === "out" || option === "profile") options[option] = value;
    else return { problem: `There is no part of the bench called ${arg}, and no such option.` };
  }
  const unknown = options.contenders?.find((name) =>
    contenders.every((contender) => contender.name !== name),
  );
  if (unknown !== undefined) {
    const names = contenders.map(({ name }) => name).join(", ");
    return { problem: `There is no contender ${unknown}. There are: ${names}.` };
  }
  // What a quick run measures is not worth keeping, unless one says where.
  const out = options.out ?? (options.quick && action === "run" ? undefined : defaultOut);
  return { ...options, action, out, parts: chosen.length > 0 ? chosen : parts };
}

export function usage(parts: readonly Part[]): string {
  return [
    "npm run bench -- [part ...] [--quick] [--contenders=<name,...>] [--out=<directory>] [--profile=<directory>]",
    ...parts.map(({ name, title }) => `  ${name.padEnd(18)}${title}`),
    "npm run bench -- report    writes the report again from bench/results/latest.json",
  ].join("\n");
}
