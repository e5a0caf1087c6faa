import {
  backupPollDelayMs,
  backupPolls,
  backupPollTimeoutMs,
  backupRetries,
  backupRetryDelayMs,
  backupStartTimeoutMs,
  backupStoreTimeoutMs,
} from "../limits.ts";

/** How the steps of the Workflows are repeated, and how long each may take. */

const retries = { limit: backupRetries, delay: backupRetryDelayMs, backoff: "exponential" } as const;

/** For what waits in the queue of writes at most. */
export const shortStep = { retries, timeout: backupStartTimeoutMs };

/** For what passes over a whole file. */
export const longStep = { retries, timeout: backupStoreTimeoutMs };

/** For what throws until something else has ended. */
export const pollingStep = {
  retries: { limit: backupPolls, delay: backupPollDelayMs, backoff: "constant" },
  timeout: backupPollTimeoutMs,
} as const;
