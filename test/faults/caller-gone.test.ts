/** A caller that ends without a word. The runtime does not tell the object that it calls, so that the call goes on; what cancels is a signal. */
import { describe, expect, it, vi } from "vitest";
import { inBareObject } from "../runtime-contract/bare-object.ts";
import { type FaultyDatabase, faultyDatabase } from "./faulty-database.ts";

/** Calls from an object of its own, which ends as soon as the call has come. */
async function callAndEnd(call: () => Promise<unknown>, hasCome: () => Promise<unknown>): Promise<void> {
  const calling = inBareObject(async (state) => {
    const answer = call();
    answer.catch(() => {});
    await hasCome();
    state.abort("the caller ends");
    await answer;
  });
  await expect(calling).rejects.toThrow("the caller ends");
}

const stored = (database: FaultyDatabase, expected: string[]) =>
  vi.waitFor(async () => expect(await database.names()).toEqual(expected), { timeout: 60_000 });

describe("a caller that ends", () => {
  it("in the middle of its transaction does not end that, nor hold up the next one", async () => {
    const database = await faultyDatabase();
    const orphan = crypto.randomUUID();
    await callAndEnd(
      () => database.procedures.InsertAtGate(orphan),
      () => database.procedures.IsAtGate(orphan),
    );
    await database.procedures.OpenGate(orphan);
    await stored(database, [`${orphan} 1`, `${orphan} 2`]);
    await database.procedures.InsertTwo("next", 0, true);
    await stored(database, [`${orphan} 1`, `${orphan} 2`, "next 1", "next 2"]);
  });

  it("while its transaction waits for the mutex leaves that in its place in the queue", async () => {
    const database = await faultyDatabase();
    const [holder, orphan] = [crypto.randomUUID(), crypto.randomUUID()];
    const before = database.procedures.InsertAtGate(holder);
    await database.procedures.IsAtGate(holder);
    await callAndEnd(
      () => database.procedures.InsertTwo(orphan, 0, false),
      () => database.procedures.IsCalled(orphan),
    );
    await database.procedures.OpenGate(holder);
    await before;
    await stored(
      database,
      [holder, orphan].flatMap((name) => [`${name} 1`, `${name} 2`]),
    );
    await database.procedures.Insert("next");
  });

  it("with a signal that has aborted takes its transaction with it", async () => {
    const database = await faultyDatabase();
    const controller = new AbortController();
    const reason = new Error("the customer has left");
    const cancelled = database.db.withSignal(controller.signal).Procedures.InsertTwo("cancelled", 0, true);
    const before = database.procedures.InsertTwo("before", 0, true);
    controller.abort(reason);
    await expect(cancelled).rejects.toBe(reason);
    await before;
    expect(await database.names()).toEqual(["before 1", "before 2"]);
  });
});
