import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { connect, defaultDatabaseName } from "../../src/client/connect.ts";
import { gateOf } from "../support/gate.ts";
import { queuedJobs } from "../support/queued-jobs.ts";
import { withinTime } from "../support/within-time.ts";

const db = connect(env.DB);

beforeAll(() => db.Procedures.CreateTables());

describe("withSignal", () => {
  it("rejects with the signal's reason without a call when it has aborted already", async () => {
    const reason = new Error("too late");
    const aborted = connect(env.NOT_A_DATABASE).withSignal(AbortSignal.abort(reason));
    await expect(aborted.prepare("SELECT 1").first()).rejects.toBe(reason);
    await expect(aborted.exec("SELECT 1")).rejects.toBe(reason);
    const procedures = db.withSignal(AbortSignal.abort(reason)).Procedures;
    await expect(procedures.Insert("never")).rejects.toBe(reason);
    expect(await nameExists("never")).toBe(false);
  });

  it("cancels the call when it aborts: rolled back, and the mutex is free at once", async () => {
    const controller = new AbortController();
    const name = crypto.randomUUID();
    const call = db.withSignal(controller.signal).Procedures.InsertAtGate(name);
    const outcome = call.then(
      () => "resolved",
      (error: unknown) => error,
    );
    await gateOf(name).reached();
    const reason = new Error("changed my mind");
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    // Long before the transaction's own timeout, which would free it too.
    await withinTime(db.Procedures.Insert("after the cancelled one"));
    expect(await nameExists(name)).toBe(false);
  });

  it("cancels a call that still waits for the mutex", async () => {
    const name = crypto.randomUUID();
    const holder = db.Procedures.InsertAtGate(name);
    await gateOf(name).reached();
    using jobs = await queuedJobs(env.DB.getByName(defaultDatabaseName));
    const controller = new AbortController();
    const waiting = db.withSignal(controller.signal).Procedures.InsertSlowly("waiting", 0);
    const outcome = waiting.catch((error: unknown) => error);
    await jobs.come(1);
    controller.abort();
    expect(await outcome).toMatchObject({ name: "AbortError" });
    gateOf(name).open();
    await holder;
    expect(await nameExists("waiting")).toBe(false);
    expect(await nameExists(name)).toBe(true);
  });

  it("leaves a call alone that has ended before the abort", async () => {
    const controller = new AbortController();
    const result = await db.withSignal(controller.signal).Procedures.InsertSlowly("finished", 0);
    controller.abort();
    expect(result).toMatchObject({ name: "finished" });
    expect(await nameExists("finished")).toBe(true);
  });

  it("is also an option of connect, and does not change the client it came from", async () => {
    const signalled = connect(env.DB, { signal: AbortSignal.abort() });
    await expect(signalled.Procedures.Count()).rejects.toMatchObject({ name: "AbortError" });
    expect(await db.Procedures.Count()).toBeTypeOf("number");
  });
});

async function nameExists(name: string): Promise<boolean> {
  return (await db.prepare("SELECT 1 FROM item WHERE name = ?").bind(name).first()) !== null;
}
