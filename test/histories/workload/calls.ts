import type { Element, Key, Step } from "../checker/history.ts";

/** What a transaction does next. */
export type CallStep =
  /** `"read and write"`: reads the list, and stores it with one more element; a wait may come in between. */
  | { do: "append"; key: Key; element: Element; how: "statement" | "read and write"; waitMs?: number }
  | { do: "read"; key: Key }
  /** Waits for something outside of the database. */
  | { do: "wait"; ms: number }
  /** A transaction inside the transaction, or a savepoint. */
  | { do: "block"; steps: CallStep[]; ends: "returns" | "throws" }
  /** `txn.commit()`: what comes after it is another transaction of the same call. */
  | { do: "commit" }
  /** `txn.rollback()`, and the block goes on. */
  | { do: "roll back" }
  /** Reads what random() has written: from here on the transaction keeps the database open while it waits. */
  | { do: "pin" }
  /** Somebody else reads, in the same event: a procedure has code beside its transaction. */
  | { do: "read beside"; key: Key }
  /** The object ends, as when the machine fails. */
  | { do: "crash" };

/** What makes a transaction of the steps. `"none"`: nothing; each statement commits by itself. */
export type Bracket = "db.transaction()" | "BEGIN" | "none";

export interface TransactionCall {
  call: "transaction";
  bracket: Bracket;
  steps: CallStep[];
  ends: "returns" | "throws";
  /** Short enough to end it in the middle. */
  timeoutMs?: number;
  /** The caller gives up after so long. */
  cancelAfterMs?: number;
}

/** A batch of a client: one transaction, that fails as a whole if its last statement is one that does. */
export interface BatchCall {
  call: "batch";
  steps: ({ do: "append"; key: Key; element: Element } | { do: "read"; key: Key })[];
  fails: boolean;
}

/** What a client sends. */
export type Call =
  | TransactionCall
  | BatchCall
  | { call: "append"; key: Key; element: Element }
  | { call: "read"; key: Key }
  | { call: "crash" };

export interface Part {
  outcome: "ok" | "fail";
  steps: Step[];
}

/** What became of a call. */
export interface CallResult {
  /** Its transactions, in order. One that does nothing is left out. */
  parts: Part[];
  /** What was read beside them. */
  beside?: Part[];
}

/** What a call was to do, without the results: each of its transactions, as far as they commit. */
export function plannedParts(call: Call): Step[][] {
  switch (call.call) {
    case "crash":
      return [];
    case "append":
      return [[{ do: "append", key: call.key, element: call.element }]];
    case "read":
      return [[{ do: "read", key: call.key, elements: null }]];
    case "batch": {
      const steps = call.steps.map((step): Step => (step.do === "read" ? { ...step, elements: null } : step));
      return [call.fails ? [{ undone: steps }] : steps];
    }
    case "transaction": {
      const parts: Step[][] = [];
      const last = planned(call.steps, parts);
      const crashes = hasCrash(call.steps);
      parts.push(last);
      const done = parts.filter((steps) => steps.length > 0);
      // The last one, unless there is nothing in it.
      const fails = (call.ends === "throws" || crashes) && last.length > 0;
      return done.map((steps, index) => (fails && index === done.length - 1 ? [{ undone: steps }] : steps));
    }
  }
}

/** @param parts Is given what a commit ends. */
function planned(steps: readonly CallStep[], parts: Step[][]): Step[] {
  let done: Step[] = [];
  for (const step of steps) {
    switch (step.do) {
      case "append":
        if (step.how === "read and write") done.push({ do: "read", key: step.key, elements: null });
        done.push({ do: "append", key: step.key, element: step.element });
        break;
      case "read":
        done.push({ do: "read", key: step.key, elements: null });
        break;
      case "block": {
        const inner = planned(step.steps, parts);
        if (step.ends === "throws") done.push({ undone: inner });
        else done.push(...inner);
        break;
      }
      case "commit":
        parts.push(done);
        done = [];
        break;
      case "roll back":
        done = [{ undone: done }];
        break;
      case "wait":
      case "pin":
      case "read beside":
      case "crash":
    }
  }
  return done;
}

function hasCrash(steps: readonly CallStep[]): boolean {
  return steps.some((step) => step.do === "crash" || (step.do === "block" && hasCrash(step.steps)));
}
