/**
 * Histories in the JSON of elle-cli (https://github.com/ligurio/elle-cli), so that a checker that is not ours can
 * look at them: `java -jar elle-cli.jar --model list-append --format json history.json`.
 *
 * It knows no nested blocks. What was undone inside a transaction is written as one that has failed at the same time,
 * on a process of its own: nobody may have read it. What failed transactions read is left out.
 */

import {
  type Append,
  appendsOf,
  type Element,
  type Key,
  type Outcome,
  type Read,
  type Step,
  type Transaction,
} from "./checker/history.ts";

/** One step: `["append", key, element]`, or `["r", key, list]`. The list is null as long as it is not known. */
type ElleStep = ["append", Key, Element] | ["r", Key, Element[] | null];

/** One line of the file: a process begins a transaction, or hears of its end. */
export interface ElleEvent {
  index: number;
  type: "invoke" | Outcome;
  f: "txn";
  process: number;
  value: ElleStep[];
}

/** @returns A JSON array, with an event a line. */
export function toElleJson(history: readonly Transaction[]): string {
  const events = [...plainTransactions(history)]
    .flatMap(({ process, outcome, invoked, completed, steps }) => [
      { at: invoked, process, type: "invoke" as const, value: steps.map(withoutResult) },
      { at: completed, process, type: outcome, value: outcome === "ok" ? steps : steps.map(withoutResult) },
    ])
    // Stable: what has failed inside a transaction stays behind it.
    .sort((a, b) => a.at - b.at)
    .map(({ process, type, value }, index): ElleEvent => {
      return { index, type, f: "txn", process, value: value.map(elleStep) };
    });
  return `[${events.map((event) => JSON.stringify(event)).join(",\n")}]\n`;
}

/** @throws Error for events that do not pair. */
export function fromElleJson(json: string): Transaction[] {
  const open = new Map<number, ElleEvent>();
  const history: Transaction[] = [];
  for (const event of JSON.parse(json) as ElleEvent[]) {
    const { index, process, type, value } = event;
    const invocation = open.get(process);
    if (type === "invoke") {
      if (invocation !== undefined) throw new Error(`Process ${process} begins twice: ${index}.`);
      open.set(process, event);
      continue;
    }
    if (invocation === undefined) throw new Error(`Process ${process} ends what it has not begun: ${index}.`);
    // One whose outcome is unknown never ends: nothing else can follow on its process.
    if (type !== "info") open.delete(process);
    const steps = value.map(stepOf);
    history.push({
      ...{ id: history.length + 1, process, outcome: type },
      ...{ invoked: invocation.index, completed: index, steps },
    });
  }
  return history;
}

type PlainTransaction = Omit<Transaction, "steps" | "id" | "after"> & { steps: (Append | Read)[] };

/** Without undone parts: those are transactions of their own, each on a new process. */
function* plainTransactions(history: readonly Transaction[]): Generator<PlainTransaction> {
  let nextProcess = Math.max(0, ...history.map(({ process }) => process)) + 1;
  for (const { process, outcome, invoked, completed, steps } of history) {
    const times = { invoked, completed };
    if (outcome === "fail") {
      yield { process, outcome, ...times, steps: [...appendsOf(steps)] };
      continue;
    }
    const kept = steps.filter((step) => !("undone" in step)) as (Append | Read)[];
    const undone = steps.filter((step) => "undone" in step);
    yield { process, outcome, ...times, steps: kept };
    const lost = [...appendsOf(undone)];
    if (lost.length > 0) yield { process: nextProcess++, outcome: "fail", ...times, steps: lost };
  }
}

function withoutResult(step: Append | Read): Append | Read {
  return step.do === "read" ? { ...step, elements: null } : step;
}

function elleStep(step: Append | Read): ElleStep {
  if (step.do === "append") return ["append", step.key, step.element];
  return ["r", step.key, step.elements === null ? null : [...step.elements]];
}

function stepOf(step: ElleStep): Step {
  const [what, key, value] = step;
  return what === "append" ? { do: "append", key, element: value } : { do: "read", key, elements: value };
}
