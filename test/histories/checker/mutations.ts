import type { Random } from "../random.ts";
import type { Append, Element, Key, Read, Step, Transaction } from "./history.ts";

/** A read of a transaction that took place, outside of its undone parts. */
interface Site {
  transaction: Transaction;
  step: Read & { elements: readonly Element[] };
}

/**
 * Ways to make a good history bad for certain. Each gives the changed history, or undefined where the history has no
 * place for it. Only reads of keys to which their transaction appends nothing are touched, so that the mistake is one
 * between transactions.
 */
export const mutations: Readonly<
  Record<string, (history: readonly Transaction[], random: Random) => Transaction[] | undefined>
> = {
  "two reads of a key swapped, of which one had ended before the other one began"(history, random) {
    const sites = sitesOf(history);
    const pairs = sites.flatMap((early) =>
      sites
        .filter(
          (late) =>
            late.step.key === early.step.key &&
            late.transaction.invoked > early.transaction.completed &&
            late.step.elements.length > early.step.elements.length,
        )
        .map((late) => [early, late] as const),
    );
    if (pairs.length === 0) return undefined;
    const [early, late] = random.pick(pairs);
    const swapped = replaceReads(history, early, () => late.step.elements);
    return replaceReads(swapped, late, () => early.step.elements);
  },

  "an append dropped whose element was read"(history, random) {
    const read = readElements(history);
    const sites = history.flatMap((transaction) =>
      transaction.steps
        .filter((step) => isAppend(step) && read.has(nameOf(step)))
        .map((step) => ({ transaction, step })),
    );
    if (sites.length === 0) return undefined;
    const { transaction, step } = random.pick(sites);
    return history.map((one) =>
      one === transaction ? { ...one, steps: one.steps.filter((other) => other !== step) } : one,
    );
  },

  "an acknowledged append missing from all reads"(history, random) {
    const sites = sitesOf(history);
    const lost = history.flatMap((writer) =>
      writer.outcome !== "ok"
        ? []
        : writer.steps.filter(isAppend).filter((step) =>
            // Somebody who began later must have read the key.
            sites.some(
              ({ transaction, step: { key } }) => key === step.key && transaction.invoked > writer.completed,
            ),
          ),
    );
    if (lost.length === 0) return undefined;
    const { key, element } = random.pick(lost);
    return mapReads(history, (read) =>
      read.key === key
        ? { ...read, elements: read.elements?.filter((other) => other !== element) ?? null }
        : read,
    );
  },

  "a writer rolled back whose element was read"(history, random) {
    const read = readElements(history);
    const writers = history.filter(
      ({ steps, outcome }) =>
        outcome === "ok" && steps.some((step) => isAppend(step) && read.has(nameOf(step))),
    );
    if (writers.length === 0) return undefined;
    const writer = random.pick(writers);
    return history.map((one) => (one === writer ? { ...one, outcome: "fail" as const } : one));
  },

  "an element read twice"(history, random) {
    const sites = sitesOf(history).filter(({ step }) => step.elements.length > 0);
    if (sites.length === 0) return undefined;
    return replaceReads(history, random.pick(sites), (elements) => [...elements, random.pick(elements)]);
  },

  "two elements of a read in another order than a second read shows"(history, random) {
    const sites = sitesOf(history).filter(({ step }) => step.elements.length > 1);
    const pairs = sites.filter(({ transaction, step }) =>
      sites.some((other) => other.transaction !== transaction && other.step.key === step.key),
    );
    if (pairs.length === 0) return undefined;
    // The first two: every other read of two elements has both.
    return replaceReads(history, random.pick(pairs), ([first, second, ...rest]) => [
      second!,
      first!,
      ...rest,
    ]);
  },
};

function sitesOf(history: readonly Transaction[]): Site[] {
  return history.flatMap((transaction) => {
    if (transaction.outcome !== "ok") return [];
    const own = new Set(transaction.steps.flatMap(keysAppendedTo));
    return transaction.steps.flatMap((step) =>
      "undone" in step || step.do === "append" || step.elements === null || own.has(step.key)
        ? []
        : [{ transaction, step: { ...step, elements: step.elements } }],
    );
  });
}

function keysAppendedTo(step: Step): Key[] {
  if ("undone" in step) return step.undone.flatMap(keysAppendedTo);
  return step.do === "append" ? [step.key] : [];
}

/** All reads of the key in the transaction change alike: one that does not repeat would be another mistake. */
function replaceReads(
  history: readonly Transaction[],
  { transaction: { id }, step: { key } }: Site,
  change: (elements: readonly Element[]) => readonly Element[],
): Transaction[] {
  return history.map((one) => {
    if (one.id !== id) return one;
    return mapReads([one], (read) =>
      read.key === key && read.elements !== null ? { ...read, elements: change(read.elements) } : read,
    )[0]!;
  });
}

function mapReads(history: readonly Transaction[], change: (read: Read) => Read): Transaction[] {
  const changed = (step: Step): Step => {
    if ("undone" in step) return { undone: step.undone.map(changed) };
    return step.do === "read" ? change(step) : step;
  };
  return history.map((transaction) => ({ ...transaction, steps: transaction.steps.map(changed) }));
}

function isAppend(step: Step): step is Append {
  return !("undone" in step) && step.do === "append";
}

/** What transactions have read that others have appended. */
function readElements(history: readonly Transaction[]): Set<string> {
  return new Set(
    sitesOf(history).flatMap(({ step: { key, elements } }) =>
      elements.map((element) => nameOf({ key, element })),
    ),
  );
}

function nameOf({ key, element }: { key: Key; element: Element }): string {
  return `${key}/${element}`;
}
