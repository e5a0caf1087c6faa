import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { workloads } from "../workloads/index.ts";
import type { Scale } from "../workloads/workload.ts";
import type { Group } from "./load.ts";
import type { PartResult } from "./results.ts";
import { NotInstalled, type RunningContender, type Session } from "./session.ts";
import type { Settings } from "./settings.ts";
import { type Round, summary } from "./statistics.ts";

/** One table of the report: the same load on several contenders. */
export interface Measurement {
  name: string;
  title: string;
  workload: string;
  /** Measurements with the same one share their data; else each has its own. */
  database: string;
  scale: Scale;
  groups: Record<string, Group>;
  contenders: readonly string[];
}

type Say = (line: string) => void;

/** Measures in rounds, in which the contenders take turns, so that a change of the machine's speed meets all of them. */
export async function measure(
  session: Session,
  measurements: readonly Measurement[],
  { rounds, roundMs }: Settings,
  into: Pick<PartResult, "measurements" | "checks" | "skipped" | "problems">,
  say: Say,
): Promise<void> {
  const started = new Starting(session, into, say);
  for (const measurement of measurements) {
    say(`${measurement.title}`);
    const running = await started.all(measurement);
    const roundsOf = new Map<RunningContender, Record<string, Round>[]>(running.map((of) => [of, []]));
    const load = async (of: RunningContender, ms: number, seed: number) => {
      const { workload, scale, groups, database } = measurement;
      try {
        const report = await of.load(database, { workload, scale, groups, ms, seed });
        for (const problem of report.problems) {
          // What is no transaction fails in ways that a transaction does not.
          if (!of.contender.mayLose)
            addOnce(into.problems, `${measurement.name}: ${of.contender.name}: ${problem}`);
        }
        return report.groups;
      } catch (error) {
        const why = `${measurement.name}: ${(error as Error).message}`;
        into.problems.push(`${of.contender.name}: ${why}`);
        say(`  ${of.contender.title}: ${why}`);
        roundsOf.delete(of);
        return undefined;
      }
    };
    for (const of of running) await load(of, Math.ceil(roundMs / 2), 0); // warm-up
    for (let round = 1; round <= rounds; round++) {
      for (const of of rotated(running, round)) {
        if (!roundsOf.has(of)) continue;
        const groups = await load(of, roundMs, round);
        if (groups !== undefined) roundsOf.get(of)?.push(groups);
      }
    }
    const figures = Object.fromEntries(
      [...roundsOf].map(([{ contender }, all]) => [contender.name, summaries(all)]),
    );
    into.measurements.push({ name: measurement.name, title: measurement.title, figures });
    for (const [name, groups] of Object.entries(figures)) {
      for (const [group, { rate, p50, p95, p99, failures }] of Object.entries(groups)) {
        const failed = failures === 0 ? "" : `   ${failures} failed`;
        say(
          `  ${`${name} ${group}`.padEnd(34)}${Math.round(rate).toLocaleString("en").padStart(8)}/s   p50 ${p50}   p95 ${p95}   p99 ${p99} ms${failed}`,
        );
      }
    }
  }
  await checkAll(started, into, say);
}

/** Starts contenders and fills their databases when a measurement needs them. */
class Starting {
  readonly #session: Session;
  readonly #into: Pick<PartResult, "skipped" | "problems">;
  readonly #say: Say;
  readonly #absent = new Set<string>();
  #hasFilled = false;
  readonly filled = new Map<string, { of: RunningContender; measurement: Measurement }>();

  constructor(session: Session, into: Pick<PartResult, "skipped" | "problems">, say: Say) {
    this.#session = session;
    this.#into = into;
    this.#say = say;
  }

  async all(measurement: Measurement): Promise<RunningContender[]> {
    const running: RunningContender[] = [];
    for (const name of measurement.contenders) {
      if (this.#absent.has(name)) continue;
      try {
        const of = await this.#session.contender(name);
        await this.#fill(of, measurement);
        running.push(of);
      } catch (error) {
        const why = (error as Error).message;
        this.#absent.add(name);
        this.#into.skipped.push({ contender: name, why });
        if (!(error instanceof NotInstalled)) this.#into.problems.push(`${name}: ${why}`);
        this.#say(`  ${name} is skipped: ${why}`);
      }
    }
    if (this.#hasFilled) await written();
    this.#hasFilled = false;
    return running;
  }

  async #fill(of: RunningContender, measurement: Measurement): Promise<void> {
    const key = `${of.contender.data} ${measurement.database}`;
    if (this.filled.has(key)) return;
    await of.prepare(measurement.database, measurement.workload, measurement.scale);
    this.filled.set(key, { of, measurement });
    this.#hasFilled = true;
  }
}

/** What a filling has left for the kernel to write would be written at the expense of whoever is measured first. */
async function written(): Promise<void> {
  await promisify(execFile)("sync", { timeout: 60_000 }).catch(() => {}); // there is no such command, or it takes long
}

async function checkAll(
  { filled }: Starting,
  into: Pick<PartResult, "checks" | "problems">,
  say: Say,
): Promise<void> {
  for (const { of, measurement } of filled.values()) {
    const { database, workload, scale } = measurement;
    for (const check of workloads[workload]!.checks(scale)) {
      const rows = await of.check(database, check);
      const result = { contender: of.contender.data, database, what: check.what, holds: rows.length === 0 };
      into.checks.push(rows.length === 0 ? result : { ...result, instead: JSON.stringify(rows[0]) });
      if (rows.length === 0) continue;
      say(`  ${of.contender.data}: it is not so that ${check.what}: ${JSON.stringify(rows[0])}`);
      if (!of.contender.mayLose) into.problems.push(`${of.contender.data}: it is not so that ${check.what}`);
    }
  }
}

function summaries(rounds: readonly Record<string, Round>[]) {
  const groups = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(groups.map((group) => [group, summary(rounds.map((round) => round[group]!))]));
}

/** Nobody is always the first, or always after the same one's commits. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const first = by % Math.max(1, items.length);
  return [...items.slice(first), ...items.slice(0, first)];
}

function addOnce(to: string[], text: string): void {
  if (!to.includes(text)) to.push(text);
}
