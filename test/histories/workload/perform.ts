import type { Step } from "../checker/history.ts";
import type { BatchCall, Call, CallResult, TransactionCall } from "./calls.ts";
import { appendStatement, elementsOf, failingStatement, readStatement } from "./lists.ts";

/** A client of the database of lists, as `connect()` gives it. */
export interface ListClient extends Pick<D1Database, "prepare" | "batch"> {
  Procedures: {
    SetUp(): Promise<void>;
    Crash(): Promise<void>;
    Run(call: TransactionCall): Promise<CallResult>;
  };
  withSignal(signal: AbortSignal): ListClient;
}

/**
 * Sends a call as a client of the database does.
 *
 * @throws What the database throws, if the plan has not foreseen it.
 */
export async function perform(db: ListClient, call: Call): Promise<CallResult> {
  switch (call.call) {
    case "transaction":
      return runTransaction(db, call);
    case "batch":
      return runBatch(db, call);
    case "append": {
      const { key, element } = call;
      await appendStatement(db, key, element).run();
      return ok([{ do: "append", key, element }]);
    }
    case "read": {
      const { key } = call;
      const row = await readStatement(db, key).first<{ elements: string }>();
      return ok([{ do: "read", key, elements: elementsOf(row!) }]);
    }
    case "crash":
      await db.Procedures.Crash();
      return { parts: [] };
  }
}

function runTransaction(db: ListClient, call: TransactionCall): Promise<CallResult> {
  if (call.cancelAfterMs === undefined) return db.Procedures.Run(call);
  const signal = AbortSignal.timeout(call.cancelAfterMs);
  return db.withSignal(signal).Procedures.Run(call);
}

async function runBatch(db: ListClient, { steps, fails }: BatchCall): Promise<CallResult> {
  const statements = steps.map((step) =>
    step.do === "read" ? readStatement(db, step.key) : appendStatement(db, step.key, step.element),
  );
  if (fails) statements.push(db.prepare(failingStatement));
  let results: D1Result<{ elements: string }>[];
  try {
    results = await db.batch<{ elements: string }>(statements);
  } catch (error) {
    if (!fails || !/CHECK constraint failed/.test((error as Error).message)) throw error;
    const unread = steps.map((step): Step => (step.do === "read" ? { ...step, elements: null } : step));
    return { parts: [{ outcome: "fail", steps: unread }] };
  }
  return ok(
    steps.map((step, index) =>
      step.do === "read" ? { ...step, elements: elementsOf(results[index]!.results[0]!) } : step,
    ),
  );
}

function ok(steps: Step[]): CallResult {
  return { parts: [{ outcome: "ok", steps }] };
}
