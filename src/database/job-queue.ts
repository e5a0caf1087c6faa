import { DatabaseError } from "../errors.ts";
import { maxQueuedJobs, queueTimeoutMs } from "../limits.ts";
import type { Job } from "./job.ts";

/** What bounds a queue. The defaults stand in limits.ts, with their reasons. */
export interface QueueLimits {
  maxJobs?: number;
  timeoutMs?: number;
}

interface Waiting {
  job: Job;
  since: number;
}

/** The jobs that wait for the write mutex, in the order of their arrival. Bounded in length and in time. */
export class JobQueue {
  #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #maxJobs: number;
  readonly #timeoutMs: number;

  constructor({ maxJobs = maxQueuedJobs, timeoutMs = queueTimeoutMs }: QueueLimits = {}) {
    this.#maxJobs = maxJobs;
    this.#timeoutMs = timeoutMs;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** @throws DatabaseError OVERLOADED when the queue is full. */
  add(job: Job): void {
    if (this.#waiting.length >= this.#maxJobs) {
      throw new DatabaseError(
        "OVERLOADED",
        `${this.#maxJobs} writes are waiting already. Nothing was done; try again later. ` +
          "One writer runs at a time: a transaction that waits for an external call holds up all others.",
      );
    }
    this.#waiting.push({ job, since: Date.now() });
  }

  get first(): Job | undefined {
    return this.#waiting[0]?.job;
  }

  next(): Job | undefined {
    return this.#waiting.shift()?.job;
  }

  /** Takes a job out that no longer wants its turn. False: it has been started or was never here. */
  remove(job: Job): boolean {
    const index = this.#waiting.findIndex((waiting) => waiting.job === job);
    if (index !== -1) this.#waiting.splice(index, 1);
    return index !== -1;
  }

  /**
   * Makes jobs fail that wait too long. To be called while the mutex is held by a job that waits itself:
   * only then can the queue stand still.
   */
  watch(): void {
    const [oldest] = this.#waiting;
    if (oldest === undefined || this.#timer !== undefined) return;
    this.#mindClock();
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#expire();
        this.watch();
      },
      Math.max(0, oldest.since + this.#timeoutMs - Date.now()),
    );
  }

  unwatch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Who came after now came before the clock was set back: his time counts from here. */
  #mindClock(): void {
    const now = Date.now();
    for (const waiting of this.#waiting) {
      if (waiting.since <= now) return;
      waiting.since = now;
    }
  }

  #expire(): void {
    const now = Date.now();
    while (this.#waiting[0] !== undefined && now - this.#waiting[0].since >= this.#timeoutMs) {
      const { job } = this.#waiting.shift()!;
      job.fail(
        new DatabaseError(
          "QUEUE_TIMEOUT",
          `Waited ${this.#timeoutMs} ms for other writers. Nothing was done; try again later.`,
        ),
      );
      job.settle();
    }
  }
}
