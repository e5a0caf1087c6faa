import { restoreRestartMs } from "../limits.ts";

/** What a restart asks of the object around it. */
export interface RestartHost {
  /** Runs the task when nothing writes, and lets nothing write while it runs. */
  exclusively<T>(task: () => Promise<T>): Promise<T>;
  /** Ends the object: everything that waits for it fails with this reason, and the next call starts it anew. */
  restart(reason: string): void;
}

/**
 * Does what makes the object's memory untrue: gives the result of the task, and then ends the object, so that the next call meets a
 * new one. What writes now is finished first, and what waits to write fails: nothing is acknowledged that would be lost.
 *
 * @throws What the task throws; the object goes on then.
 */
export function restartAfter<T>(host: RestartHost, task: () => Promise<T>, reason: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const work = async () => {
      resolve(await task());
      await restartSoon(host, reason);
    };
    host.exclusively(work).catch(reject);
  });
}

/** Ends the object when its answer has left. Nothing tells when that is, and to end it at once would take the answer along. */
export async function restartSoon({ restart }: Pick<RestartHost, "restart">, reason: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, restoreRestartMs));
  restart(reason);
}
