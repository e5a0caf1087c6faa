import type { DatabaseRpc } from "../protocol.ts";

const maxWaitBetweenCancelsMs = 100;

/**
 * Calls a procedure and cancels it when the signal aborts.
 *
 * The signal itself stays here, and a message with the call's id goes out in its place: workerd cannot send
 * an AbortSignal over RPC. The promise rejects only when the other side has acknowledged, because a request
 * that has answered its own client may be torn down together with the messages that it still has to send.
 *
 * @returns What the procedure returned, also when it ended just before the cancellation reached it.
 * @throws The signal's reason when the call was cancelled or has failed since.
 */
export async function callWithSignal<T>(
  rpc: DatabaseRpc,
  callId: string,
  call: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  let answered = false;
  const answer = settle(call()).finally(() => {
    answered = true;
  });
  const cancelled = Promise.withResolvers<never>();
  /** Whether the call was cancelled; unknown, because the connection broke, counts as yes. */
  const cancellation: { result?: Promise<boolean> } = {};
  const onAbort = () => {
    cancellation.result = cancelUntilAcknowledged(rpc, callId, () => answered).catch(() => true);
    cancellation.result.then((wasCancelled) => {
      if (wasCancelled) cancelled.reject(signal.reason);
    });
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const result = await Promise.race([answer, cancelled.promise]);
    // A procedure may turn its cancellation into a result, as a transaction does with `{ error }`, and that
    // may arrive before the acknowledgement.
    if (await cancellation.result) throw signal.reason;
    return result;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** A plain promise of an RPC one, which is a thenable without `finally` semantics of its own. */
async function settle<T>(rpcPromise: Promise<T>): Promise<T> {
  return rpcPromise;
}

/**
 * "No such call" means that it has ended, and then its answer is on the way; or that the cancellation has
 * overtaken it, which a service binding permits (each call to the entrypoint opens a stub of its own).
 */
async function cancelUntilAcknowledged(
  rpc: DatabaseRpc,
  callId: string,
  isAnswered: () => boolean,
): Promise<boolean> {
  for (let waitMs = 1; !isAnswered(); waitMs = Math.min(2 * waitMs, maxWaitBetweenCancelsMs)) {
    if (await rpc.cancel(callId)) return true;
    await scheduler.wait(waitMs);
  }
  return false;
}
