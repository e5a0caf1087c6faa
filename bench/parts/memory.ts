import { execFile, execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Session } from "../harness/session.ts";
import type { Part, PartContext } from "./part.ts";

/** Resident memory of the runtime, in servers of their own: memory tells of a process, not of a contender in it. */
export const memory: Part = {
  name: "memory",
  title: "Memory",
  about:
    "Resident memory of workerd: over 100,000 transfers of 64 clients, and while 4 clients ask for results of 10,000 rows for 10 s, each in a server of its own.",
  async run(context) {
    const { quick } = context.settings;
    await overTransfers(context, quick ? 2_000 : 100_000);
    for (const name of ["ours", "d1"]) await ofLargeResults(context, name, quick ? 1 : 10);
  },
};

async function overTransfers({ session, settings, result, say }: PartContext, wanted: number): Promise<void> {
  await withRuntimeOf(session, "transfers", async (own, megabytes) => {
    const ours = await own.contender("ours");
    const scale = { accounts: 100_000, alpha: 0 };
    await ours.prepare("memory", "bank", scale);
    const groups = { transfers: { mix: "transfer", clients: 64 } };
    const note = (done: number) => {
      result.values[`after ${Math.round(done / 1000)}k transfers, MB`] = megabytes();
      say(`  after ${done} transfers: ${megabytes()} MB`);
    };
    note(0);
    for (let done = 0, step = 1; done < wanted; step++) {
      const ms = settings.quick ? 200 : 2_000;
      const report = await ours.load("memory", { workload: "bank", scale, groups, ms, seed: step });
      done += report.groups.transfers?.calls ?? 0;
      if (done >= wanted || step % 3 === 1) note(done);
    }
  });
}

async function ofLargeResults(
  { session, result, say }: PartContext,
  name: string,
  seconds: number,
): Promise<void> {
  await withRuntimeOf(session, `rows-${name}`, async (own, megabytes) => {
    const running = await own.contender(name);
    const scale = { accounts: 20_000, alpha: 0 };
    await running.prepare("memory", "bank", scale);
    const before = megabytes();
    let most = before;
    const groups = { calls: { mix: "10,000 rows", clients: 4 } };
    for (let second = 0; second < seconds; second++) {
      await running.load("memory", { workload: "bank", scale, groups, ms: 1_000, seed: second });
      most = Math.max(most, megabytes());
    }
    result.values[`10,000-row results, ${name}: before, MB`] = before;
    result.values[`10,000-row results, ${name}: at most, MB`] = most;
    say(`  10,000-row results, ${name}: ${before} MB before, ${most} MB at most`);
  });
}

async function withRuntimeOf(
  session: Session,
  name: string,
  work: (own: Session, megabytes: () => number) => Promise<void>,
): Promise<void> {
  const directory = join(session.directory, `memory-${name}`);
  mkdirSync(directory);
  const own = new Session(directory);
  try {
    const pid = (await own.runtime()).pid();
    await work(own, () => residentMegabytes(pid));
  } finally {
    await own.stop();
  }
}

function residentMegabytes(pid: number): number {
  return Math.round(
    Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1024,
  );
}

/** @returns Gives the greatest resident memory since of workerd in a process group, in MB. */
export function watchMemory(group: number): () => Promise<number> {
  let peak = 0;
  const look = async () => {
    const { stdout } = await promisify(execFile)("ps", ["-eo", "pgid=,rss=,comm="]);
    const ours = stdout
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([pgid, , command]) => Number(pgid) === group && command?.startsWith("workerd"));
    const kilobytes = ours.reduce((sum, [, rss]) => sum + Number(rss), 0);
    peak = Math.max(peak, Math.round(kilobytes / 1024));
  };
  const timer = setInterval(() => look().catch(() => {}), 250);
  return async () => {
    clearInterval(timer);
    await look();
    return peak;
  };
}
