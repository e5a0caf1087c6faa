import { setTimeout as sleep } from "node:timers/promises";
import { drawn, type Sample, trendOf } from "./flatness.ts";
import { processesOf } from "./process-memory.ts";

const sampleEveryMs = 1_000;
/** Until caches are full and the collector knows what it has to do with. */
const warmUpShare = 1 / 3;
/** Fewer samples after the warm-up than these say nothing of a trend: a collector may take minutes to come round. */
const minSamples = 240;
/** What may come and go with the mood of a collector: the larger of both, over the whole time that is judged. */
const allowedBytes = 32e6;
const allowedShare = 0.1;

type Curves = Map<string, Sample[]>;

/** What the processes of the server keep in memory, sampled every second. */
export class MemoryCurves {
  /** By name: the runtime, and what wrangler runs beside it. */
  readonly samples: Curves = new Map();
  readonly #group: number;

  constructor(group: number) {
    this.#group = group;
  }

  async sampleUntil(ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      this.#sample();
      await sleep(sampleEveryMs, undefined, { signal: ended }).catch(() => {});
    }
  }

  /** The last values in words. */
  now(): string {
    const last = [...this.samples].map(([name, samples]) => `${name} ${megabytes(samples.at(-1)!.value)}`);
    return last.join(", ") || "memory cannot be read here";
  }

  #sample(): void {
    const atMs = Date.now();
    const byName = new Map<string, number>();
    for (const { name, residentBytes } of processesOf(this.#group)) {
      const key = name === "workerd" ? "workerd" : "wrangler";
      byName.set(key, (byName.get(key) ?? 0) + residentBytes);
    }
    for (const [name, value] of byName) {
      const samples = this.samples.get(name) ?? [];
      samples.push({ atMs, value });
      this.samples.set(name, samples);
    }
  }
}

export interface Judgement {
  /** The curves, for whoever looks. */
  lines: string[];
  /** Megabytes at the start and the end of the trend, by name. */
  memory: Record<string, number>;
  failures: string[];
}

/** Whether the runtime's curve is flat. That of wrangler is shown, and is none of ours: it proxies, and keeps a log. */
export function judgeMemory(curves: Curves): Judgement {
  const judgement: Judgement = { lines: [], memory: {}, failures: [] };
  for (const [name, samples] of curves) {
    if (samples.length < 3) continue;
    judgement.lines.push(
      `${name.padEnd(9)} ${drawn(samples, 60)} ${megabytes(samples.at(-1)!.value)} at the end`,
    );
    const judged = samples.slice(Math.floor(samples.length * warmUpShare));
    if (judged.length < minSamples) continue;
    const { from, to, growth } = trendOf(judged);
    judgement.memory[`MB of ${name} after the warm-up`] = Math.round(from / 1e6);
    judgement.memory[`MB of ${name} at the end`] = Math.round(to / 1e6);
    if (name !== "workerd" || growth <= Math.max(allowedBytes, allowedShare * from)) continue;
    const seconds = Math.round((judged.at(-1)!.atMs - judged[0]!.atMs) / 1_000);
    judgement.failures.push(
      `Memory of ${name} grows: by ${megabytes(growth)} from ${megabytes(from)} in ${seconds} s`,
    );
  }
  return judgement;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
