import { closeSync, fdatasyncSync, openSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { median } from "../harness/statistics.ts";
import type { Part } from "./part.ts";

/** What bounds every contender on this machine. */
export const rawLimits: Part = {
  name: "limits",
  title: "Raw limits",
  about:
    "What bounds everything else on this machine: how often a second the disk makes 4 KB durable (`fdatasync` of a file that is overwritten), how often an empty RPC gets to a Durable Object and back, and how fast a Durable Object runs the four statements of a transfer in a loop, with no call, no commit and no promise.",
  async run({ session, settings: { rounds, roundMs, quick }, result, say }) {
    const plain = await session.contender("plain");
    const ours = await session.contender("ours");
    const accounts = quick ? 1_000 : 100_000;
    await plain.prepare("limits", "bank", { accounts });
    const transfers = quick ? 1_000 : 50_000;
    const raw = async (of: typeof plain, body: object) =>
      (await of.host.ask<{ rate: number }>("raw", "limits", body, roundMs + 60_000)).rate;
    const measured: Record<string, () => Promise<number> | number> = {
      "fdatasync of 4 KB": () => fdatasyncRate(session.directory, roundMs),
      "RPC pings, 1 client": () => raw(plain, { ping: { clients: 1, ms: roundMs } }),
      "RPC pings, 64 clients": () => raw(plain, { ping: { clients: 64, ms: roundMs } }),
      "bare transfers in a loop": () => raw(plain, { bareLoop: { accounts, transfers } }),
      "look-ups of a compiled statement": () => raw(ours, { lookUps: 200_000 }),
    };
    const rates = new Map<string, number[]>(Object.keys(measured).map((name) => [name, []]));
    for (let round = 0; round <= rounds; round++) {
      for (const [name, once] of Object.entries(measured)) {
        const rate = await once();
        if (round > 0) rates.get(name)!.push(rate); // the first one warms up
      }
    }
    for (const [name, all] of rates) {
      result.values[`${name}, per second`] = Math.round(median(all));
      say(`  ${name.padEnd(34)}${Math.round(median(all)).toLocaleString("en").padStart(12)}/s`);
    }
    if (isTmpfs(session.directory)) {
      result.problems.push(
        `${session.directory} is a tmpfs: nothing is durable there. TMPDIR chooses a disk.`,
      );
    }
  },
};

function fdatasyncRate(directory: string, ms: number): number {
  const block = Buffer.alloc(4096, 7);
  const size = 16 * 1024 * 1024;
  const file = openSync(join(directory, "fdatasync"), "w");
  try {
    writeSync(file, Buffer.alloc(size), 0, size, 0);
    fdatasyncSync(file);
    const started = performance.now();
    let count = 0;
    while (performance.now() < started + ms) {
      writeSync(file, block, 0, block.length, (count * block.length) % size);
      fdatasyncSync(file);
      count++;
    }
    return count / ((performance.now() - started) / 1000);
  } finally {
    closeSync(file);
  }
}

function isTmpfs(directory: string): boolean {
  return statfsSync(directory).type === 0x01021994;
}
