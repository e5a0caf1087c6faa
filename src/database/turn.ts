import type { DatabaseError } from "../errors.ts";
import { maxJobsPerTurn, maxPhysicalTransactionMs, turnBudgetMs } from "../limits.ts";
import { nextEventLoopTurn } from "./event-loop.ts";
import type { Job, Pause, TurnView } from "./job.ts";
import { waitPinned } from "./pinned-wait.ts";
import type { SqlRunner } from "./sql-runner.ts";
import {
  commitFailed,
  deferredKeyViolated,
  physicalTooLong,
  timedOut,
  turnFailed,
} from "./transaction-errors.ts";
import type { WaitElsewhere } from "./wait-elsewhere.ts";

/** What a physical transaction is for: nothing more, driving jobs, or only making the finished ones durable. */
type Plan = "stop" | "drive" | "commit-group";

/** How a physical transaction ends; after a rollback, what the next one is for. */
type Verdict = { end: "commit" } | { end: "rollback"; next: Plan };

/** Is told when a physical transaction holds the database, and when it has let go. */
export interface PhysicalObserver {
  /** Inside the transaction, before anything else. */
  physicalStarted(): void;
  /** @param committed False: it was rolled back, or failed. */
  physicalEnded(committed: boolean): void;
}

/** What a turn works for. */
export interface TurnHost extends PhysicalObserver {
  readonly runner: SqlRunner;
  readonly waitElsewhere: WaitElsewhere | undefined;
}

/** A transaction of ten statements takes about a hundred. */
const microtasksBeforeAsking = 250;

/**
 * One turn of the write mutex: jobs run one after another in one physical transaction and share its commit.
 *
 * A job that fails, or that waits for something outside the database, is taken out of the physical
 * transaction: roll everything back, open a new one, replay the redo logs of those that stay.
 */
export class Turn implements TurnView {
  readonly #storage: DurableObjectStorage;
  readonly #host: TurnHost;
  readonly #runner: SqlRunner;
  readonly #take: () => Job | undefined;
  /** Finished jobs whose writes the physical transaction holds, in order. */
  readonly #group: Job[] = [];
  /** Finished jobs that left nothing in the database. */
  readonly #failed: Job[] = [];
  /** The job that has the mutex and is not finished. */
  #owner: Job | undefined;
  #started = Date.now();
  #idle: Promise<"idle"> | undefined;

  /**
   * @param owner The job that keeps the mutex from an earlier turn.
   * @param take Gives the next job that waits for the mutex.
   */
  constructor(
    storage: DurableObjectStorage,
    host: TurnHost,
    owner: Job | undefined,
    take: () => Job | undefined,
  ) {
    this.#storage = storage;
    this.#host = host;
    this.#runner = host.runner;
    this.#owner = owner;
    this.#take = take;
  }

  get hasNeighbours(): boolean {
    return this.#group.length > 0;
  }

  get size(): number {
    return this.#group.length + this.#failed.length;
  }

  /**
   * Runs the turn to its end and settles the jobs that finished in it.
   *
   * @returns The job that still has the mutex and now waits for something outside the database.
   */
  async run(): Promise<Job | undefined> {
    let plan: Plan = "drive";
    do {
      const verdict = await this.#physicalTransaction(plan);
      // A commit for the group alone holds nothing of the owner, which was rolled back before it.
      if (verdict.end === "commit" && plan === "drive") this.#owner?.committed();
      plan = verdict.end === "rollback" ? verdict.next : "stop";
    } while (plan !== "stop");

    for (const job of this.#group) job.settle();
    for (const job of this.#failed) job.settle();
    this.#owner?.detach();
    return this.#owner;
  }

  async #physicalTransaction(plan: Plan): Promise<Verdict> {
    let verdict: Verdict = { end: "commit" };
    let committing = false;
    let committed = false;
    try {
      verdict = await this.#storage.transaction(async (physical) => {
        this.#host.physicalStarted();
        this.#runner.connection.physicalStarted();
        this.#started = Date.now();
        const verdict = await this.#inside(plan);
        this.#idle = undefined;
        if (verdict.end === "rollback") physical.rollback();
        committing = true;
        return verdict;
      });
      committed = verdict.end === "commit";
    } catch (error) {
      // It failed before it had a job: whoever waits next hears of it, or the queue would never end.
      if (this.size === 0) this.#owner ??= this.#take();
      this.#failAll(committing ? commitFailed(error) : turnFailed(error));
    }
    if (verdict.end === "rollback") this.#runner.connection.physicalRolledBack();
    this.#host.physicalEnded(committed);
    return verdict;
  }

  async #inside(plan: Plan): Promise<Verdict> {
    for (const job of this.#group) {
      if (this.#replay(job)) {
        this.#runner.connection.endDeferral();
        continue;
      }
      this.#group.splice(this.#group.indexOf(job), 1);
      return { end: "rollback", next: plan };
    }
    if (plan === "commit-group") return { end: "commit" };
    if (this.#owner !== undefined && !this.#replay(this.#owner)) {
      this.#owner = undefined;
      return { end: "rollback", next: "drive" };
    }
    return this.#drive();
  }

  /** False: the replay diverged and the job has failed. */
  #replay(job: Job): boolean {
    try {
      this.#runner.replay(job.log);
      return true;
    } catch (error) {
      job.fail(error as Error);
      job.log.clear();
      this.#failed.push(job);
      return false;
    }
  }

  async #drive(): Promise<Verdict> {
    for (;;) {
      this.#owner ??= this.#hasBudget() ? this.#take() : undefined;
      const job = this.#owner;
      if (job === undefined) return { end: "commit" };

      job.resume(this);
      switch (job.pause ?? (await this.#waitFor(job))) {
        case "finished": {
          const verdict = this.#finish(job);
          if (verdict !== undefined) return verdict;
          break;
        }
        case "commit": {
          const violation = this.#deferredViolation(job);
          if (violation === undefined) return { end: "commit" };
          job.commitRefused(violation);
          break;
        }
        case "undo": {
          const nothingLeft = !this.hasNeighbours && job.log.isEmpty;
          return { end: "rollback", next: nothingLeft ? "stop" : "drive" };
        }
        case "isolate":
          return { end: "rollback", next: this.hasNeighbours ? "commit-group" : "stop" };
        case "yield":
          if (await this.#mayGoOn(job)) break;
          return this.#detach(job);
        case "idle":
          return this.#detach(job);
      }
    }
  }

  #finish(job: Job): Verdict | undefined {
    const violation = job.outcome?.ok ? this.#deferredViolation(job) : undefined;
    this.#owner = undefined;
    if (violation !== undefined) job.fail(violation);
    if (job.outcome?.ok) {
      this.#runner.connection.endDeferral();
      this.#group.push(job);
      // A log that a replay might not reproduce must not depend on what a later job does.
      return job.log.isPinned ? { end: "commit" } : undefined;
    }
    const leftSomething = !job.log.isEmpty || this.#runner.connection.defersForeignKeys;
    job.log.clear();
    this.#failed.push(job);
    return leftSomething ? { end: "rollback", next: "drive" } : undefined;
  }

  /**
   * Waits until the job pauses. Its statements resolve in microtasks, so an event loop turn that comes while
   * the job still waits says that it waits for something else: `idle`.
   */
  async #waitFor(job: Job): Promise<Pause | "idle"> {
    // Most callbacks end within so many microtasks, and to ask the event loop costs as much as some statements.
    for (let tick = 0; tick < microtasksBeforeAsking; tick++) {
      if (job.pause !== undefined) return job.pause;
      await undefined;
    }
    if (job.pause !== undefined) return job.pause; // in the last of them
    const pause = job.nextPause();
    this.#idle ??= nextEventLoopTurn().then(() => "idle");
    if ((await Promise.race([pause, this.#idle])) === "idle") this.#idle = undefined;
    if (job.pause !== undefined) return job.pause; // both may come in one event
    return job.log.isPinned ? waitPinned(job, pause, this.#host.waitElsewhere) : "idle";
  }

  /** Takes the job's rows out of the database; the finished jobs before it commit. */
  #detach(job: Job): Verdict {
    // At once: until the next physical transaction is open, its statements would run outside of any.
    job.detach();
    if (job.log.isEmpty) return { end: "commit" };
    return { end: "rollback", next: this.hasNeighbours ? "commit-group" : "stop" };
  }

  /**
   * Whether a callback that has only talked SQL for a while goes on in this turn. Until it pauses, no timer
   * fires and no event is delivered: its deadline is enforced here, and every now and then it is detached, so
   * that readers and cancellations get through. Each time it may then run for twice as long as before, which
   * bounds the time that replays take by the time of the callback itself.
   */
  async #mayGoOn(job: Job): Promise<boolean> {
    this.#idle = undefined;
    await nextEventLoopTurn();
    const now = Date.now();
    if (now < this.#started) this.#started = now; // the clock was set back
    const inOneGo = now - this.#started;
    if (now >= job.deadline) job.fail(timedOut());
    else if (job.log.isPinned) {
      if (inOneGo >= maxPhysicalTransactionMs) job.fail(physicalTooLong());
    } else if (inOneGo >= job.sliceMs) {
      job.sliceMs *= 2;
      return false;
    }
    return true;
  }

  #deferredViolation(job: Job): Error | undefined {
    if (!job.log.defersForeignKeys || !this.#runner.connection.hasDeferredViolations()) return undefined;
    return deferredKeyViolated();
  }

  #hasBudget(): boolean {
    if (this.size === 0) return true;
    return this.size < maxJobsPerTurn && Date.now() - this.#started < turnBudgetMs;
  }

  /** Nobody may believe that anything was written. */
  #failAll(failure: DatabaseError): void {
    const owner = this.#owner;
    this.#owner = undefined;
    for (const job of owner === undefined ? this.#group : [...this.#group, owner]) {
      job.commitRefused(failure);
      job.fail(failure);
      job.log.clear();
      this.#failed.push(job);
    }
    this.#group.length = 0;
  }
}
