import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect } from "../../src/client/connect.ts";
import { fuzzParameters } from "../support/fuzz.ts";
import { check } from "./checker/check.ts";
import type { Step } from "./checker/history.ts";
import { type Call, type CallResult, plannedParts } from "./workload/calls.ts";
import { perform } from "./workload/perform.ts";
import { planCalls, withoutTransactions } from "./workload/plan.ts";
import { type Recording, record } from "./workload/record.ts";

const clients = 8;
const { parameters, timeoutMs } = fuzzParameters("calls of a history", { runs: 200, seconds: 60 });
const { seed, numRuns: calls } = parameters;

async function run(plan: readonly Call[][], observe = (_call: Call, _result: CallResult) => {}) {
  const name = crypto.randomUUID();
  const db = connect(env.LISTS, { name });
  await db.Procedures.SetUp();
  return record(plan, async (call) => {
    const result = await perform(db, call);
    observe(call, result);
    return result;
  });
}

/** Failures that no plan explains: every other one is a crash, or a client who gave up. */
function unexplained({ failures }: Recording): Error[] {
  return failures.filter(({ name, message }) => name !== "TimeoutError" && message !== "ended by a test");
}

describe("the history of procedures, batches and reads at once", () => {
  it(
    "is strictly serializable, though transactions wait, fail, time out, are cancelled and crash",
    async () => {
      let besides = 0;
      const plan = planCalls({ seed, calls, clients, crashesPerThousand: 10 });
      const recording = await run(plan, (_call, { beside = [] }) => {
        besides += beside.length;
      });
      expect(unexplained(recording)).toEqual([]);
      expect(check(recording.history)).toEqual([]);
      // What it looked at.
      const outcomes = recording.history.map(({ outcome }) => outcome);
      const count = (outcome: string) => outcomes.filter((one) => one === outcome).length;
      expect(count("ok")).toBeGreaterThan(calls / 2);
      expect(count("fail")).toBeGreaterThan(calls / 50);
      expect(recording.history.some(({ steps }) => steps.some((step) => "undone" in step))).toBe(true);
      expect(recording.failures.some(({ message }) => message === "ended by a test")).toBe(true);
      expect(besides).toBeGreaterThan(calls / 20);
    },
    timeoutMs,
  );

  it(
    "tells of each call what it was to do",
    async () => {
      // What is taken for the steps of a call whose outcome is unknown.
      const plan = planCalls({ seed: seed + 1, calls: calls / 4, clients });
      let compared = 0;
      const recording = await run(plan, (call, { parts }) => {
        if (mayEndEarly(call)) return;
        compared++;
        const done = parts.map(({ outcome, steps }) => (outcome === "ok" ? steps : [{ undone: steps }]));
        expect(done.map((steps) => steps.map(withoutResults))).toEqual(plannedParts(call));
      });
      expect(unexplained(recording)).toEqual([]);
      expect(check(recording.history)).toEqual([]);
      expect(compared).toBeGreaterThan(calls / 8);
    },
    timeoutMs,
  );

  it(
    "is not serializable at all without transactions",
    async () => {
      // What shows that the tests above would notice it.
      const plan = withoutTransactions(planCalls({ seed, calls: calls / 2, clients }));
      const anomalies = new Set(check((await run(plan)).history).map(({ anomaly }) => anomaly));
      expect(anomalies).toContain("G1a");
      expect(anomalies).toContain("internal");
      expect(anomalies.size).toBeGreaterThan(2);
    },
    timeoutMs,
  );
});

describe("the calls of a history", () => {
  it("are the same for the same seed, and others for another one", () => {
    const options = { calls: 200, clients };
    expect(planCalls({ seed: 7, ...options })).toEqual(planCalls({ seed: 7, ...options }));
    expect(planCalls({ seed: 7, ...options })).not.toEqual(planCalls({ seed: 8, ...options }));
  });

  it("append every element once", () => {
    const appends = planCalls({ seed: 7, calls: 2_000, clients }).flat().flatMap(appendsOf);
    expect(appends.length).toBeGreaterThan(2_000);
    expect(new Set(appends).size).toBe(appends.length);
  });
});

/** Before what its plan says: the time is up, or a part that fails takes what is pinned along. */
function mayEndEarly(call: Call): boolean {
  return /"timeoutMs"|"cancelAfterMs"|"pin"/.test(JSON.stringify(call));
}

function withoutResults(step: Step): Step {
  if ("undone" in step) return { undone: step.undone.map(withoutResults) };
  return step.do === "read" ? { ...step, elements: null } : step;
}

function appendsOf(step: object): string[] {
  if ("steps" in step) return (step.steps as object[]).flatMap(appendsOf);
  return "element" in step && "key" in step ? [`${step.key}/${step.element}`] : [];
}
