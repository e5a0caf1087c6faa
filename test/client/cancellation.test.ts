import { describe, expect, it } from "vitest";
import { callWithSignal } from "../../src/client/cancellation.ts";
import type { DatabaseRpc } from "../../src/protocol.ts";

/**
 * The other side of a service binding on which messages overtake each other, which a real one does too rarely
 * for a test: the cancellation finds no call until the `knownAfter`-th time.
 *
 * @param endCall What a cancelled call does.
 */
function overtakingDatabase(
  knownAfter: number,
  endCall = (answer: PromiseWithResolvers<unknown>) => answer.reject(new Error("TRANSACTION_CANCELLED")),
) {
  const answer = Promise.withResolvers<unknown>();
  let cancels = 0;
  const rpc: Pick<DatabaseRpc, "call" | "cancel"> = {
    call: () => answer.promise,
    async cancel() {
      cancels++;
      if (cancels < knownAfter) return false;
      endCall(answer);
      return scheduler.wait(5).then(() => true);
    },
  };
  return { rpc: rpc as DatabaseRpc, answer, cancels: () => cancels };
}

function callCancellable(rpc: DatabaseRpc, signal: AbortSignal): Promise<unknown> {
  const call = { id: "1", name: "Slow", args: [] };
  return callWithSignal(rpc, call.id, () => rpc.call(call), signal);
}

describe("callWithSignal", () => {
  it("repeats a cancellation that has overtaken its call", async () => {
    const database = overtakingDatabase(3);
    const reason = new Error("enough");
    const controller = new AbortController();
    const outcome = callCancellable(database.rpc, controller.signal).catch((error: unknown) => error);
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    expect(database.cancels()).toBe(3);
  });

  it("rejects with the reason although the procedure made a result of its cancellation", async () => {
    const reason = new Error("enough");
    const database = overtakingDatabase(1, (answer) => answer.resolve({ error: new Error("cancelled") }));
    const controller = new AbortController();
    const outcome = callCancellable(database.rpc, controller.signal).catch((error: unknown) => error);
    controller.abort(reason);
    expect(await outcome).toBe(reason);
  });

  it("gives the result of a call that ended by itself, and stops cancelling", async () => {
    const database = overtakingDatabase(Number.POSITIVE_INFINITY);
    const controller = new AbortController();
    const outcome = callCancellable(database.rpc, controller.signal);
    controller.abort();
    await scheduler.wait(20);
    database.answer.resolve("finished first");
    expect(await outcome).toBe("finished first");
    const cancels = database.cancels();
    await scheduler.wait(150);
    expect(database.cancels()).toBeLessThanOrEqual(cancels + 1);
  });

  it("rejects with the reason when the connection breaks while it cancels", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const broken = {
      call: () => new Promise(() => {}),
      cancel: () => Promise.reject(new Error("connection lost")),
    } as unknown as DatabaseRpc;
    const outcome = callCancellable(broken, controller.signal).catch((error: unknown) => error);
    controller.abort(reason);
    expect(await outcome).toBe(reason);
  });
});
