import type { JobQueue } from "./job-queue.ts";

/** Who has none looks for it after each so many turns: a look costs a lone writer some 2 percent of a turn. */
const lookEvery = 8;

/** The most of them, when one look after another has cost more than it saved. */
const lookAtLeastEvery = 512;

/** Event loop turns for which a look lasts at most, while each brings somebody. */
const maxGatherCycles = 8;

/**
 * Milliseconds that a turn waits for each job that comes: it saves a commit, and most of the time goes into taking in the jobs, which has to be
 * done anyway. But where many read, an event loop turn takes as long as all their reads, and may bring a writer each time: eight
 * such turns were a tenth of a second for each write.
 */
const worthOfCompanyMs = 1;

/** Two readings of the runtime's clock may differ by this though next to no time has passed. */
const clockStepMs = 1;

/** Company for the next turn of the write mutex: jobs that it commits at once. */
export class Company {
  readonly #queue: JobQueue;
  #turnsWithoutLook = 0;
  #wasWorthIt = true;
  #lookEvery = lookEvery;

  constructor(queue: JobQueue) {
    this.#queue = queue;
  }

  /**
   * Looks for it, if it is to be expected: when the turn had some, and the last look has saved more time than it took.
   *
   * @param jobsInTurn Of the turn that has just ended.
   */
  async lookFor(jobsInTurn: number): Promise<void> {
    const isExpected = jobsInTurn > 1 && this.#wasWorthIt;
    if (!isExpected && ++this.#turnsWithoutLook < this.#lookEvery) return;
    this.#turnsWithoutLook = 0;
    this.#wasWorthIt = await this.#gather();
    this.#lookEvery = this.#wasWorthIt ? lookEvery : Math.min(2 * this.#lookEvery, lookAtLeastEvery);
  }

  /**
   * Lets those who wrote in this turn, and who waited meanwhile, hand in their next job. Ends as soon as an event loop turn brings
   * nobody, or they take longer to come than they save.
   *
   * @returns Whether it was worth it.
   */
  async #gather(): Promise<boolean> {
    const alreadyThere = this.#queue.length;
    const started = Date.now() + clockStepMs;
    const isWorthIt = () => (this.#queue.length - alreadyThere) * worthOfCompanyMs >= Date.now() - started;
    for (let cycle = 0; cycle < maxGatherCycles; cycle++) {
      const before = this.#queue.length;
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (this.#queue.length === before || !isWorthIt()) break;
    }
    return isWorthIt();
  }
}
