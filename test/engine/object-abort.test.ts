import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";

/** A new stub for every call: one that has met the end of its object fails from then on. */
function newDatabase() {
  const name = crypto.randomUUID();
  return () => connect(env.ENGINE.getByName(name)).Procedures;
}

describe("the sudden end of the object", () => {
  const cases = [
    ["attached", []],
    ["detached", []],
    ["after txn.commit()", ["mine"]],
  ] as const;

  it.each(cases)(
    "in the middle of a transaction (%s) leaves nothing half done, and acknowledged work stays",
    async (when, kept) => {
      const procedures = newDatabase();
      await procedures().CreateTables();
      await procedures().Insert("acknowledged");
      await expect(procedures().AbortObject("mine", when)).rejects.toThrow("ended by a test");
      expect(await procedures().Names()).toEqual(["acknowledged", ...kept]);
      await procedures().Insert("next");
      expect(await procedures().Names()).toEqual(["acknowledged", ...kept, "next"]);
    },
  );

  it("fails those who wait for the mutex, and nothing of theirs is done", async () => {
    const procedures = newDatabase();
    await procedures().CreateTables();
    // Names of this run alone: who has arrived is remembered longer than the object lives.
    const [mine, write, transaction] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
    const holder = procedures().AbortObject(mine, "detached", [write, transaction]);
    while (!(await procedures().HaveArrived(mine))) await scheduler.wait(1);
    const waiting = [procedures().Insert(write), procedures().InsertAndWait(transaction, 0)];
    const settled = await Promise.allSettled([holder, ...waiting]);
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(await procedures().Names()).toEqual([]);
  });
});
