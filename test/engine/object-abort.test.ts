import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { gateOf } from "../support/gate.ts";
import { queuedJobs } from "../support/queued-jobs.ts";

/** A new stub for every call: one that has met the end of its object fails from then on. */
function newDatabase() {
  const name = crypto.randomUUID();
  const stub = () => env.ENGINE.getByName(name);
  return Object.assign(() => connect(stub()).Procedures, { stub });
}

describe("the sudden end of the object", () => {
  const cases = [
    ["attached", false],
    ["detached", false],
    ["after txn.commit()", true],
  ] as const;

  it.each(cases)(
    "in the middle of a transaction (%s) leaves nothing half done, and acknowledged work stays",
    async (when, isKept) => {
      const procedures = newDatabase();
      await procedures().CreateTables();
      await procedures().Insert("acknowledged");
      const mine = crypto.randomUUID();
      const kept = isKept ? [mine] : [];
      gateOf(mine).open();
      await expect(procedures().AbortObject(mine, when)).rejects.toThrow("ended by a test");
      expect(await procedures().Names()).toEqual(["acknowledged", ...kept]);
      await procedures().Insert("next");
      expect(await procedures().Names()).toEqual(["acknowledged", ...kept, "next"]);
    },
  );

  it("fails those who wait for the mutex, and nothing of theirs is done", async () => {
    const procedures = newDatabase();
    await procedures().CreateTables();
    const mine = crypto.randomUUID();
    const holder = procedures().AbortObject(mine, "detached");
    await gateOf(mine).reached();
    using jobs = await queuedJobs(procedures.stub());
    const calls = [holder, procedures().Insert("write"), procedures().InsertAndWait("transaction", 0)];
    const settled = Promise.allSettled(calls);
    await jobs.come(2);
    gateOf(mine).open();
    expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(await procedures().Names()).toEqual([]);
  });
});
