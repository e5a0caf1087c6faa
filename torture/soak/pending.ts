import type { SoakCall } from "./calls.ts";

/** A call without an answer. */
export interface PendingCall {
  name: string;
  database: string;
  client: number;
  ageMs: number;
}

/** What the calls of a client have come to. */
export interface Outcomes {
  /** By name of the call, and how it ended. */
  counts: Record<string, number>;
  /** Transfers that were acknowledged. */
  transfers: number;
  /** Transfers of which nobody has said whether they were made. */
  unknownTransfers: number;
  /** Failures that no plan explains. */
  strange: string[];
}

/** What tells that the object has ended meanwhile, for all who had called it. */
const objectEnded = /^ended by the plan$/;

const pending = new Map<symbol, { call: SoakCall; database: string; client: number; since: number }>();

/** The calls without an answer, the oldest first. Worker and objects share one isolate here. */
export function pendingCalls(): PendingCall[] {
  const now = Date.now();
  return [...pending.values()].map(({ call, database, client, since }) => ({
    name: call.name,
    database,
    client,
    ageMs: now - since,
  }));
}

/** Makes a call, and notes what comes of it. */
export async function tracked(
  call: SoakCall,
  { database, client }: { database: string; client: number },
  run: () => Promise<unknown>,
  outcomes: Outcomes,
): Promise<void> {
  const key = Symbol(call.name);
  pending.set(key, { call, database, client, since: Date.now() });
  const failure = await run().then(
    (result) => (Object(result) as { error?: unknown }).error,
    (error: unknown) => error ?? new Error("rejected with nothing"),
  );
  pending.delete(key);
  const problem = failure === undefined ? undefined : wordsOf(failure);
  const outcome = problem === undefined ? "ok" : problem.isEnd ? "the object ended" : "failed as planned";
  if (
    problem !== undefined &&
    !problem.isEnd &&
    !problem.all.some((words) => call.mayFailWith?.test(words))
  ) {
    outcomes.strange.push(`${call.name}: ${problem.all.join(", ")}`);
  }
  outcomes.counts[`${call.name}: ${outcome}`] = (outcomes.counts[`${call.name}: ${outcome}`] ?? 0) + 1;
  if (call.effect === "none") return;
  if (outcome === "ok") outcomes.transfers++;
  // A cancellation may come when the commit is under way, and who has met the end of an object knows nothing.
  else if (problem?.isEnd || call.name === "cancelled transfer") outcomes.unknownTransfers++;
}

function wordsOf(failure: unknown): { all: string[]; isEnd: boolean } {
  const { code, message } = failure as { code?: unknown; message?: unknown };
  const all = [code, message].filter((words) => typeof words === "string");
  return { all, isEnd: all.some((words) => objectEnded.test(words)) };
}
