import { workloads } from "../workloads/index.ts";
import type { Args, Scale } from "../workloads/workload.ts";
import { Random } from "./random.ts";
import { quantile, type Round } from "./statistics.ts";

/** Groups of clients that ask for something at the same time. */
export interface Load {
  workload: string;
  scale: Scale;
  groups: Record<string, Group>;
  ms: number;
  seed: number;
}

export interface Group {
  mix: string;
  clients: number;
}

/** How a client of a contender asks: client numbers are counted through all groups. */
export type Ask = (operation: string, args: Args, client: number) => Promise<unknown>;

/**
 * Lets the clients of every group call one after another, each the next time when it has its answer, for so long. A call that fails
 * is counted and said; a client goes on after it.
 */
export async function runLoad(
  { workload, scale, groups, ms, seed }: Load,
  ask: Ask,
): Promise<{ groups: Record<string, Round>; problems: string[] }> {
  const { mixes } = workloads[workload]!;
  const problems = new Set<string>();
  const started = performance.now();
  const end = started + ms;
  let clientNumber = 0;
  const running = Object.entries(groups).map(async ([name, { mix, clients }]) => {
    const times: number[] = [];
    let failures = 0;
    const client = async (number: number) => {
      const random = new Random(seed * 1_000_003 + number * 7919);
      for (let before = performance.now(); before < end; ) {
        const { operation, args } = mixes[mix]!(random, scale);
        try {
          await ask(operation, args, number);
        } catch (error) {
          failures++;
          if (problems.size < 5) problems.add(String((error as Error).message).slice(0, 300));
        }
        const after = performance.now();
        times.push(after - before);
        before = after;
      }
    };
    await Promise.all(Array.from({ length: clients }, () => client(clientNumber++)));
    const seconds = (performance.now() - started) / 1000;
    times.sort((a, b) => a - b);
    const round: Round = {
      calls: times.length - failures,
      failures,
      rate: (times.length - failures) / seconds,
      p50: quantile(times, 0.5),
      p95: quantile(times, 0.95),
      p99: quantile(times, 0.99),
      max: quantile(times, 1),
    };
    return [name, round] as const;
  });
  return { groups: Object.fromEntries(await Promise.all(running)), problems: [...problems] };
}
