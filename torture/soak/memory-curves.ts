import { setTimeout as sleep } from "node:timers/promises";
import { drawn, type Sample, trendOf } from "./flatness.ts";
import { HeapInspector } from "./inspector.ts";
import { type ProcessState, processesOf } from "./process-memory.ts";

const sampleEveryMs = 1_000;
/** A collection of garbage holds everything up for some tenths of a second; but each other one meets large results on their way. */
const heapEverySamples = 5;
/** Until caches are full and the collector knows what it has to do with. */
const warmUpShare = 1 / 3;
/** Less time than this after the warm-up says nothing of a trend: a collector may take minutes to come round. */
const minJudgedMs = 200_000;

/** What may come and go, over the whole time that is judged: the larger of both. */
interface Allowance {
  bytes: number;
  share: number;
}

/**
 * What must be flat. The heap is looked at after a collection, so that little comes and goes but what is under way: in ten minutes its
 * allowance is some 30 bytes for each call, or a few hundred kilobytes for each object that ends. The memory of the process holds
 * garbage too, and what its allocators do not give back. That of wrangler is none of ours: it proxies, and keeps a log, in a
 * runtime of its own that grows by some 15 MB a minute.
 */
const allowances = new Map<string, Allowance>([
  ["JS heap", { bytes: 4e6, share: 0.1 }],
  ["workerd", { bytes: 128e6, share: 0.35 }],
]);

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
    const inspector = await HeapInspector.of(this.#group);
    for (let n = 0; !ended.aborted; n++) {
      this.#sample();
      if (n % heapEverySamples === 0) await this.#sampleHeap(inspector);
      await sleep(sampleEveryMs, undefined, { signal: ended }).catch(() => {});
    }
    inspector?.close();
  }

  /** The last values in words. */
  now(): string {
    const last = [...this.samples].map(([name, samples]) => `${name} ${megabytes(samples.at(-1)!.value)}`);
    return last.join(", ") || "memory cannot be read here";
  }

  async #sampleHeap(inspector: HeapInspector | undefined): Promise<void> {
    const value = await inspector?.usedBytes();
    if (value !== undefined) this.#add("JS heap", { atMs: Date.now(), value });
  }

  #add(name: string, sample: Sample): void {
    const samples = this.samples.get(name) ?? [];
    samples.push(sample);
    this.samples.set(name, samples);
  }

  #sample(): void {
    const atMs = Date.now();
    const byName = new Map<string, number>();
    for (const state of processesOf(this.#group)) {
      const key = state.name === "workerd" && !isProxy(state) ? "workerd" : "wrangler";
      byName.set(key, (byName.get(key) ?? 0) + state.residentBytes);
    }
    for (const [name, value] of byName) this.#add(name, { atMs, value });
  }
}

/** Of the two runtimes of `wrangler dev` the one in front: it listens at the port that was asked for, and the other one at any. */
function isProxy({ args }: ProcessState): boolean {
  return args.some((arg) => /^--socket-addr=entry=.*:[1-9]\d*$/.test(arg));
}

export interface Judgement {
  /** The curves, for whoever looks. */
  lines: string[];
  /** Megabytes at the start and the end of the trend, by name. */
  memory: Record<string, number>;
  failures: string[];
}

/** Whether the curves are flat that must be. */
export function judgeMemory(curves: Curves): Judgement {
  const judgement: Judgement = { lines: [], memory: {}, failures: [] };
  for (const [name, samples] of curves) {
    if (samples.length < 3) continue;
    judgement.lines.push(
      `${name.padEnd(9)} ${drawn(samples, 60)} ${megabytes(samples.at(-1)!.value)} at the end`,
    );
    const judged = samples.slice(Math.floor(samples.length * warmUpShare));
    const judgedMs = judged.at(-1)!.atMs - judged[0]!.atMs;
    if (judgedMs < minJudgedMs) continue;
    const { from, to, growth } = trendOf(judged);
    judgement.memory[`MB of ${name} after the warm-up`] = Math.round(from / 1e6);
    judgement.memory[`MB of ${name} at the end`] = Math.round(to / 1e6);
    const allowance = allowances.get(name);
    if (allowance === undefined || growth <= Math.max(allowance.bytes, allowance.share * from)) continue;
    const seconds = Math.round(judgedMs / 1_000);
    judgement.failures.push(
      `Memory of ${name} grows: by ${megabytes(growth)} from ${megabytes(from)} in ${seconds} s`,
    );
  }
  return judgement;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
