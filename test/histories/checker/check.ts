/**
 * Checks that a history is strictly serializable: that there is an order of its transactions, one after another,
 * which gives every client what it was given, and in which whoever had ended comes before whoever began later.
 *
 * 1. view.ts: does each transaction agree with itself? What did it find, and what does it leave?
 * 2. versions.ts: do all reads of a key agree on one list? Does any of them show what was rolled back, or half of a
 *    transaction?
 * 3. dependencies.ts, real-time.ts: which transaction must come before which, and why?
 * 4. cycles.ts: a cycle in that means that there is no such order.
 *
 * Sound: what it reports is an anomaly whatever the database did in secret. And complete for what the reads decide:
 * where every list is read in the end, any order that has no cycle explains all that was seen.
 */

import { cyclesOf } from "./cycles.ts";
import { dependenciesOf } from "./dependencies.ts";
import type { Transaction } from "./history.ts";
import type { Problem } from "./problem.ts";
import { addRealTime } from "./real-time.ts";
import { Versions } from "./versions.ts";
import { type View, viewOf } from "./view.ts";

/**
 * @returns What is wrong; nothing for a history that is strictly serializable.
 * @throws Error for a history in which an element is appended twice to a key.
 */
export function check(history: readonly Transaction[]): Problem[] {
  const seen = history.map(viewOf);
  const views = seen.map(({ view }) => view);
  const versions = new Versions(views);
  const placed = thoseWithAPlace(views, versions);
  const transactions = placed.map(({ transaction }) => transaction);
  const graph = dependenciesOf(placed, versions);
  addRealTime(graph, transactions);
  return [
    ...seen.flatMap(({ problems }) => problems),
    ...versions.problems,
    ...cyclesOf(graph, transactions),
  ];
}

/** Those who have a place in the order: an unknown outcome is a commit if anybody has seen anything of it. */
function thoseWithAPlace(views: readonly View[], versions: Versions): View[] {
  const read = new Set<View>();
  for (const { found } of views) {
    for (const [key, elements] of found) {
      for (const element of elements) {
        const writer = versions.writer(key, element);
        if (writer?.undone === false) read.add(writer.view);
      }
    }
  }
  return views.filter((view) => view.transaction.outcome !== "info" || read.has(view));
}
