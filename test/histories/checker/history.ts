/**
 * What clients tell of a run: lists under keys, and transactions that read whole lists and append to them. An element
 * is appended to its key once in a history. Therefore a read of `[3, 1]` says which appends there were before, and in
 * which order: the workload "list-append" of Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from
 * Experimental Observations" (VLDB 2020).
 */

export type Key = number;
export type Element = number;

/** Appends an element to the list of a key. */
export interface Append {
  do: "append";
  key: Key;
  element: Element;
}

/** Reads the list of a key. `null`: what it gave is not known. */
export interface Read {
  do: "read";
  key: Key;
  elements: readonly Element[] | null;
}

/** A part of a transaction that was rolled back while the rest went on: a nested block that failed, say. */
export interface Undone {
  undone: readonly Step[];
}

export type Step = Append | Read | Undone;

/**
 * - `ok`: it took place, with these results.
 * - `fail`: it was rolled back. What it read counts all the same, as long as it is known.
 * - `info`: nobody knows. It may have taken place at any time since it began, or not at all.
 */
export type Outcome = "ok" | "fail" | "info";

export interface Transaction {
  /** Unique in its history. */
  id: number;
  /** Whose transactions come one after another. */
  process: number;
  outcome: Outcome;
  /** When its client sent it, on a clock of the whole history that never shows the same time for a begin and an end. */
  invoked: number;
  /** When its client knew the outcome. For `info`: when it gave up. */
  completed: number;
  steps: readonly Step[];
  /** The transaction before it in the same call, which `txn.commit()` has ended. */
  after?: number;
}

export function append(key: Key, element: Element): Append {
  return { do: "append", key, element };
}

export function read(key: Key, elements: readonly Element[] | null): Read {
  return { do: "read", key, elements };
}

export function undone(...steps: Step[]): Undone {
  return { undone: steps };
}

/** Every append of these steps, those of the undone parts too. */
export function* appendsOf(steps: readonly Step[]): Generator<Append> {
  for (const step of steps) {
    if ("undone" in step) yield* appendsOf(step.undone);
    else if (step.do === "append") yield step;
  }
}

/** A transaction as reports show it: `T7 ok: append 1 of 5, read 1 [3 5]`. */
export function inWords({ id, outcome, process, invoked, completed, steps }: Transaction): string {
  const end = outcome === "info" ? "" : completed;
  return `T${id} (${outcome}, process ${process}, ${invoked}..${end}): ${stepsInWords(steps)}`;
}

function stepsInWords(steps: readonly Step[]): string {
  return steps.map(stepInWords).join(", ") || "nothing";
}

function stepInWords(step: Step): string {
  if ("undone" in step) return `undone { ${stepsInWords(step.undone)} }`;
  if (step.do === "append") return `append ${step.element} to ${step.key}`;
  return `read ${step.key} ${step.elements === null ? "?" : listInWords(step.elements)}`;
}

export function listInWords(elements: readonly Element[]): string {
  return `[${elements.join(" ")}]`;
}
