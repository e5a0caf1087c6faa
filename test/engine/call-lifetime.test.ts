import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { gateOf } from "../support/gate.ts";

async function newDatabase() {
  const stub = env.ENGINE.getByName(crypto.randomUUID());
  const { Procedures } = connect(stub);
  await Procedures.CreateTables();
  await Procedures.TakeBackgroundOutcomes();
  return {
    procedures: Procedures,
    // Both await inside: a promise of RPC that fails counts as unhandled when it is handed around.
    call: async (id: string, name: string, ...args: unknown[]): Promise<unknown> =>
      await stub.call({ id, name, args }),
    cancel: async (id: string) => await stub.cancel(id),
    /** How the work went that a call has left behind, as soon as it has ended. */
    backgroundOutcomes: async () => {
      for (;;) {
        const outcomes = await Procedures.TakeBackgroundOutcomes();
        if (outcomes.length > 0) return outcomes;
        await scheduler.wait(2);
      }
    },
    /** Cancels the call as soon as it has arrived. */
    cancelWhenRunning: async (id: string) => {
      while (!(await stub.cancel(id))) await scheduler.wait(1);
    },
  };
}

const cancelled = { code: "TRANSACTION_CANCELLED" };

describe("a method that returns with a transaction open", () => {
  it.each(["LeaveBeginOpen", "LeaveTransactionOpen"] as const)(
    "fails instead of answering, and leaves nothing: %s",
    async (method) => {
      const { procedures } = await newDatabase();
      await expect(procedures[method]("lost")).rejects.toMatchObject({
        code: "TRANSACTION_LEFT_OPEN",
        message: expect.stringContaining("await"),
      });
      await scheduler.wait(30);
      await procedures.Insert("next");
      expect(await procedures.Names()).toEqual(["next"]);
    },
  );

  it("fails with its own error when it throws", async () => {
    const { procedures } = await newDatabase();
    await expect(procedures.ThrowWithBeginOpen("lost")).rejects.toMatchObject({ name: "DetailedError" });
    await procedures.Insert("next");
    expect(await procedures.Names()).toEqual(["next"]);
  });
});

describe("the db of a call", () => {
  it("works for what was passed to ctx.waitUntil(), after the answer", async () => {
    const { backgroundOutcomes, procedures } = await newDatabase();
    expect(await procedures.WriteLater("late", "waitUntil")).toBe("answered");
    expect(await backgroundOutcomes()).toEqual(["done"]);
    expect(await procedures.Names()).toEqual(["late", "late in a transaction"]);
  });

  it("works for it too when the method has thrown", async () => {
    const { backgroundOutcomes, procedures } = await newDatabase();
    await expect(procedures.WriteLater("late", "waitUntil, then throw")).rejects.toThrow("in detail");
    expect(await backgroundOutcomes()).toEqual(["done"]);
    expect(await procedures.Names()).toEqual(["late", "late in a transaction"]);
  });

  it("refuses what comes after the answer otherwise", async () => {
    const { backgroundOutcomes, procedures } = await newDatabase();
    expect(await procedures.WriteLater("late", "forgotten")).toBe("answered");
    expect(await backgroundOutcomes()).toEqual(["PROCEDURE_ENDED"]);
    expect(await procedures.Names()).toEqual([]);
  });

  it("refuses to be used by a later call that found it in a global", async () => {
    const { procedures } = await newDatabase();
    await procedures.KeepDb();
    const ended = { code: "PROCEDURE_ENDED", message: expect.stringContaining("waitUntil") };
    await expect(procedures.UseKeptDb("x")).rejects.toMatchObject(ended);
    await expect(procedures.UseKeptDbInTransaction()).rejects.toMatchObject(ended);
    expect(await procedures.Names()).toEqual([]);
  });
});

describe("cancel(callId)", () => {
  it("rolls back what the call has open while it waits, fails it, and frees the mutex", async () => {
    const { call, cancelWhenRunning, procedures } = await newDatabase();
    const failed = expect(call("one", "InsertAndWait", "undone", 10_000)).rejects.toMatchObject(cancelled);
    const next = procedures.Insert("next");
    await scheduler.wait(10);
    await cancelWhenRunning("one");
    await failed;
    await next;
    expect(await procedures.Names()).toEqual(["next"]);
  });

  it("takes a call out of the queue", async () => {
    const { call, cancelWhenRunning, procedures } = await newDatabase();
    const name = crypto.randomUUID();
    const first = procedures.InsertAtGate(name);
    await gateOf(name).reached();
    const queued = call("two", "InsertAndWait", "never", 0);
    const outcome = queued.then(
      () => "answered",
      () => "failed",
    );
    await cancelWhenRunning("two");
    expect(await outcome).toBe("failed");
    gateOf(name).open();
    await first;
    expect(await procedures.Names()).toEqual([name]);
  });

  it("aborts ctx.signal with the reason", async () => {
    const { call, cancelWhenRunning, procedures } = await newDatabase();
    const failed = expect(call("three", "WaitForSignal")).rejects.toMatchObject(cancelled);
    await cancelWhenRunning("three");
    await failed;
    expect(await procedures.TakeBackgroundOutcomes()).toEqual(["TRANSACTION_CANCELLED"]);
  });

  it("answers false for a call that is not running, or has ended, or was cancelled", async () => {
    const { call, cancel, cancelWhenRunning } = await newDatabase();
    expect(await cancel("never heard of")).toBe(false);
    await call("four", "Names");
    expect(await cancel("four")).toBe(false);
    const failed = expect(call("five", "InsertAndWait", "undone", 10_000)).rejects.toMatchObject(cancelled);
    await cancelWhenRunning("five");
    expect(await cancel("five")).toBe(false);
    await failed;
  });
});

describe("the id of a call", () => {
  it("cannot be used twice at once; the call that came first is not disturbed", async () => {
    const { call, procedures } = await newDatabase();
    const names = [crypto.randomUUID(), crypto.randomUUID()];
    const calls = names.map((name) => call("same", "InsertAtGate", name));
    const settled = Promise.allSettled(calls);
    await expect(Promise.race(calls)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining('"same"'),
    });
    for (const name of names) gateOf(name).open();
    const answers = (await settled).flatMap((result) =>
      result.status === "fulfilled" ? [result.value] : [],
    );
    expect(answers).toHaveLength(1);
    expect(answers).toEqual([{ name: (await procedures.Names())[0] }]);
    expect(await procedures.Names()).toHaveLength(1);
  });

  it("is free again when the call has ended", async () => {
    const { call } = await newDatabase();
    for (let round = 0; round < 2; round++) {
      expect(await call("same", "Names")).toEqual([]);
    }
  });
});
