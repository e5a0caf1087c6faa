/** A caller that ends without a word. The runtime does not tell the object that it calls, so that the call goes on; what cancels is a signal. */
import { describe, expect, it, vi } from "vitest";
import { inBareObject } from "../runtime-contract/bare-object.ts";
import { type FaultyDatabase, faultyDatabase } from "./faulty-database.ts";

/** Calls from an object of its own, which ends at once. */
async function callAndEnd(call: () => Promise<unknown>): Promise<void> {
  const calling = inBareObject(async (state) => {
    const answer = call();
    answer.catch(() => {});
    await scheduler.wait(2);
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
    await callAndEnd(() => database.procedures.InsertTwo("orphan", 0, true));
    await stored(database, ["orphan 1", "orphan 2"]);
    await database.procedures.InsertTwo("next", 0, true);
    await stored(database, ["orphan 1", "orphan 2", "next 1", "next 2"]);
  });

  it("while its transaction waits for the mutex leaves that in its place in the queue", async () => {
    const database = await faultyDatabase();
    // 5 ms each: the orphan is behind all of them, and the caller ends after two.
    const before = Array.from({ length: 5 }, (_, n) => database.procedures.InsertTwo(`${n}`, 0, true));
    await callAndEnd(() => database.procedures.InsertTwo("orphan", 0, false));
    await Promise.all(before);
    await stored(database, [
      ...["0", "1", "2", "3", "4", "orphan"].flatMap((name) => [`${name} 1`, `${name} 2`]),
    ]);
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
