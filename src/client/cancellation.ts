import type { DatabaseRpc, ProcedureCall } from "../protocol.ts";

const maxWaitBetweenCancelsMs = 100;

/**
 * Calls a procedure and cancels it when the signal aborts.
 *
 * The signal itself stays here, and a message with the call's id goes out in its place: workerd cannot send
 * an AbortSignal over RPC. The promise rejects only when the other side has acknowledged, because a request
 * that has answered its own client may be torn down together with the messages that it still has to send.
 *
 * @throws The signal's reason once it has aborted, whatever became of the call.
 */
export async function callWithSignal(
  rpc: DatabaseRpc,
  call: ProcedureCall,
  signal: AbortSignal,
): Promise<unknown> {
  signal.throwIfAborted();
  let answered = false;
  const answer = settle(rpc.call(call)).finally(() => {
    answered = true;
  });
  const cancelled = Promise.withResolvers<never>();
  const onAbort = () => {
    cancelUntilAcknowledged(rpc, call.id, () => answered).then(
      () => cancelled.reject(signal.reason),
      () => cancelled.reject(signal.reason),
    );
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([answer, cancelled.promise]);
  } catch (error) {
    // The cancelled call fails with TRANSACTION_CANCELLED, often before the acknowledgement is back.
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
): Promise<void> {
  for (let waitMs = 1; !isAnswered(); waitMs = Math.min(2 * waitMs, maxWaitBetweenCancelsMs)) {
    if (await rpc.cancel(callId)) return;
    await scheduler.wait(waitMs);
  }
}
