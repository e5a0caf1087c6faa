import type { Job } from "./job.ts";
import type { SqlRunner } from "./sql-runner.ts";
import { commitFailed, deferredKeyViolated, turnFailed } from "./transaction-errors.ts";
import type { PhysicalObserver } from "./turn.ts";

const alone = { hasNeighbours: false };
const undo = new Error("undo the write");

/**
 * Runs a write that nobody shares a turn with. It cannot wait, so nothing happens to it between its start and its
 * end: the transaction that the runtime opens by itself at a write, and commits at the end of the event, does for
 * it, and costs two thirds of one that is asked for with storage.transaction().
 */
export async function runLoneWrite(
  job: Job,
  storage: DurableObjectStorage,
  runner: SqlRunner,
  observer: PhysicalObserver,
): Promise<void> {
  try {
    observer.physicalStarted();
    runner.connection.physicalStarted();
    storage.transactionSync(() => {
      job.resume(alone);
      if (job.outcome?.ok && job.log.defersForeignKeys && runner.connection.hasDeferredViolations()) {
        job.fail(deferredKeyViolated());
      }
      if (!job.outcome?.ok) throw undo;
    });
  } catch (error) {
    if (error !== undo) job.fail(turnFailed(error));
    runner.connection.physicalRolledBack();
  }
  runner.connection.endDeferral();
  // Readers may go on: what they are told leaves the object only when this is durable, or never.
  observer.physicalEnded(job.outcome?.ok === true);
  try {
    if (job.outcome?.ok) await storage.sync();
  } catch (error) {
    job.fail(commitFailed(error));
  }
  job.settle();
}
