import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { interleave, type Stage } from "./interleaving.ts";
import type { Bracket } from "./isolation-procedures.ts";
import { play, RolledBack, type Scenario, setUp } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";

/** A database of its own whose procedures play the transactions. */
async function procedures({ anomaly }: Scenario, bracket: Bracket): Promise<Stage> {
  const db = connect(env.ISOLATION, { name: crypto.randomUUID() });
  await db.Procedures.SetUp();
  return {
    play: (transaction, gate) => db.Procedures.Play(anomaly, transaction, bracket, gate),
    db,
    oneAtATime: bracket !== "none",
  };
}

/** Cloudflare's local D1, which has no transactions but batches: statements, awaited one by one. */
async function d1({ transactions }: Scenario): Promise<Stage> {
  const db = env.REFERENCE;
  await db.batch(setUp.map((sql) => db.prepare(sql)));
  return {
    async play(transaction, gate) {
      const log: string[] = [];
      await play(transactions[transaction]!, db, gate, log).catch((error) => {
        if (!(error instanceof RolledBack)) throw error;
      });
      return log;
    },
    db,
    oneAtATime: false,
  };
}

describe.each(scenarios)("$anomaly", (scenario) => {
  it("does not happen to transactions of procedures", async () => {
    const stage = await procedures(scenario, "db.transaction()");
    expect(await interleave(scenario, stage)).toEqual(scenario.prevented);
  });

  it("does not happen between BEGIN and COMMIT", async () => {
    const stage = await procedures(scenario, "BEGIN");
    expect(await interleave(scenario, stage)).toEqual(scenario.prevented);
  });

  // What shows that the tests above would notice it.
  it("happens to the same statements without a transaction", async () => {
    const stage = await procedures(scenario, "none");
    expect(await interleave(scenario, stage)).toEqual(scenario.happens);
  });

  it("happens to the same statements on D1", async () => {
    expect(await interleave(scenario, await d1(scenario))).toEqual(scenario.happens);
  });
});
