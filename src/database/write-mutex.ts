import { Company } from "./company.ts";
import { ExclusiveJob } from "./exclusive-job.ts";
import { enforceForeignKeys } from "./foreign-key-enforcement.ts";
import type { Job } from "./job.ts";
import type { JobQueue } from "./job-queue.ts";
import { runLoneWrite } from "./lone-write.ts";
import { timedOut } from "./transaction-errors.ts";
import { Turn, type TurnHost } from "./turn.ts";
import { WriteJob } from "./write-job.ts";

/** Everything that writes is a job and waits here, in one FIFO, for its turn. */
export class WriteMutex {
  readonly #storage: DurableObjectStorage;
  readonly #host: TurnHost;
  readonly #queue: JobQueue;
  readonly #company: Company;
  /** The job that has the mutex while no turn runs: it waits for something outside the database. */
  #owner: Job | undefined;
  #ownerTimer: ReturnType<typeof setTimeout> | undefined;
  #pumping = false;
  #exclusiveRuns = false;
  #closed: Error | undefined;

  constructor(storage: DurableObjectStorage, host: TurnHost, queue: JobQueue) {
    this.#storage = storage;
    this.#host = host;
    this.#queue = queue;
    this.#company = new Company(queue);
  }

  /** Nobody has it, and nobody waits for it. */
  get isFree(): boolean {
    return this.#owner === undefined && this.#queue.length === 0 && !this.#pumping;
  }

  /**
   * Keeps timers of this object from falling due while a physical transaction is open: they would not fire, and those made inside
   * would wait for them.
   */
  async withoutTimers<T>(work: () => Promise<T>): Promise<T> {
    this.#queue.unwatch();
    try {
      return await work();
    } finally {
      if (this.#exclusiveRuns) this.#queue.watch();
    }
  }

  /** Undoes {@link close}. */
  open(): void {
    this.#closed = undefined;
  }

  /** Fails every job that waits, and every one to come. The one that has the mutex is finished. */
  close(reason: Error): void {
    this.#closed = reason;
    for (let job = this.#queue.next(); job !== undefined; job = this.#queue.next()) {
      job.fail(reason);
      job.settle();
    }
  }

  /** Queues a job. @throws DatabaseError OVERLOADED; what the mutex was closed with. */
  submit(job: Job, { evenIfClosed = false } = {}): void {
    if (this.#closed !== undefined && !evenIfClosed) throw this.#closed;
    this.#queue.add(job);
    if ((this.#owner !== undefined && !this.#pumping) || this.#exclusiveRuns) this.#queue.watch();
    this.wake();
  }

  /** Takes a job out of the queue. False: it has started. */
  withdraw(job: Job): boolean {
    return this.#queue.remove(job);
  }

  /** To be called when the job that has the mutex can go on, or has finished. */
  wake(): void {
    if (!this.#pumping) void this.#pump();
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    try {
      for (;;) {
        const owner = this.#owner;
        if (owner !== undefined && !owner.wantsTurn) {
          if (owner.outcome === undefined) return this.#watchOwner(owner);
          this.#releaseOwner();
          owner.settle();
        } else if (owner === undefined && this.#queue.length === 0) {
          return;
        } else {
          await this.#runTurn();
        }
      }
    } finally {
      this.#pumping = false;
    }
  }

  async #runTurn(): Promise<void> {
    // One that fell due while the turn holds the database would keep the turn's own timers from firing.
    this.#stopTimers();
    if (this.#owner === undefined) {
      if (this.#queue.first instanceof ExclusiveJob)
        return this.#runExclusive(this.#queue.next() as ExclusiveJob<unknown>);
      if (this.#queue.first?.suspendsForeignKeys) return this.#runWithoutForeignKeys(this.#queue.next()!);
      if (this.#queue.length === 1 && this.#queue.first instanceof WriteJob) {
        await runLoneWrite(this.#queue.next()!, this.#storage, this.#host.runner, this.#host);
        return this.#company.lookFor(1);
      }
    }
    const turn = new Turn(this.#storage, this.#host, this.#owner, () =>
      sharesTurns(this.#queue.first) ? this.#queue.next() : undefined,
    );
    const owner = await turn.run();
    if (owner !== this.#owner) this.#releaseOwner();
    this.#owner = owner;
    // It goes on at once: let those who came meanwhile read, or cancel it.
    if (owner?.wantsTurn) await new Promise((resolve) => setTimeout(resolve, 0));
    await this.#company.lookFor(turn.size);
  }

  async #runExclusive(job: ExclusiveJob<unknown>): Promise<void> {
    this.#exclusiveRuns = true;
    this.#queue.watch();
    await job.run();
    this.#exclusiveRuns = false;
    this.#stopTimers();
    job.settle();
  }

  async #runWithoutForeignKeys(job: Job): Promise<void> {
    const { runner } = this.#host;
    await enforceForeignKeys(this.#storage.sql, false);
    // What SQLite tells of a statement that checks foreign keys does not hold for one that does not.
    runner.compiler.clear();
    const jobs = [job];
    await new Turn(this.#storage, this.#host, undefined, () => jobs.pop()).run();
    await enforceForeignKeys(this.#storage.sql, true);
    runner.compiler.clear();
  }

  /** While the owner waits, nothing else moves the queue: time is watched from outside the transaction. */
  #watchOwner(owner: Job): void {
    this.#queue.watch();
    if (this.#ownerTimer !== undefined || owner.deadline === Number.POSITIVE_INFINITY) return;
    const expire = () => {
      // A callback that has just returned is being committed: too late to fail.
      if (owner.outcome === undefined) owner.fail(timedOut());
    };
    this.#ownerTimer = setTimeout(expire, Math.max(0, owner.deadline - Date.now()));
  }

  #releaseOwner(): void {
    this.#stopTimers();
    this.#owner = undefined;
  }

  #stopTimers(): void {
    clearTimeout(this.#ownerTimer);
    this.#ownerTimer = undefined;
    this.#queue.unwatch();
  }
}

function sharesTurns(job: Job | undefined): boolean {
  return job !== undefined && !job.suspendsForeignKeys && job.exclusive !== true;
}
