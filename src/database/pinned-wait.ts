import { pinnedTimeoutMs } from "../limits.ts";
import type { Job, Pause } from "./job.ts";
import { pinnedTooLong } from "./transaction-errors.ts";
import { longestWaitMs, type WaitElsewhere } from "./wait-elsewhere.ts";

/**
 * Waits, inside its physical transaction, for a pinned job that waits for something outside: until it goes on, or has waited for too
 * long and fails.
 */
export async function waitPinned(
  job: Job,
  pause: Promise<Pause>,
  waitElsewhere: WaitElsewhere | undefined,
): Promise<Pause> {
  const waitMs = Math.max(0, Math.min(pinnedTimeoutMs, job.deadline - Date.now()));
  let isOver = false;
  const fail = () => {
    if (!isOver) job.fail(pinnedTooLong(waitMs));
  };
  // Of the timers only one made here can fire now, and it too must wait while one from outside is overdue.
  const timer = setTimeout(fail, waitMs);
  if (waitElsewhere !== undefined)
    void passElsewhere(waitMs, waitElsewhere, () => isOver).then(fail, () => {});
  try {
    return await pause;
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
}

async function passElsewhere(ms: number, waitElsewhere: WaitElsewhere, isOver: () => boolean): Promise<void> {
  for (let left = ms; left > 0 && !isOver(); left -= longestWaitMs) await waitElsewhere(left);
}
