import type { ToldTransfer } from "../transfer.ts";
import { type Contents, keysOf } from "./contents.ts";

/** A restore that has switched, with what it has read and what it has left behind. */
export interface DoneRestore {
  id: string;
  /** The backup that the database became. */
  backup: Contents;
  /** The database as it was at the switch. */
  safety: Contents;
  /** The keys of what was acknowledged before anybody asked for the restore, but for what earlier ones had taken away. */
  acknowledgedBefore: ReadonlySet<string>;
}

/**
 * Follows the transfers of a database through its restores.
 *
 * @param told Every transfer that was ever asked for.
 * @param restores In the order of their switches.
 * @param now The database.
 */
export function checkRestores(
  told: Iterable<ToldTransfer>,
  restores: readonly DoneRestore[],
  now: Contents,
): string[] {
  const problems: string[] = [];
  const somewhere = keysOf(now);
  restores.forEach(({ id, backup, safety, acknowledgedBefore }, i) => {
    const restored = keysOf(backup);
    const left = keysOf(safety);
    const later = keysOf(restores[i + 1]?.safety ?? now);
    for (const key of left) somewhere.add(key);
    for (const key of acknowledgedBefore) {
      if (!left.has(key))
        problems.push(
          `the transfer ${key} was acknowledged before restore ${id}, whose safety backup lacks it`,
        );
    }
    for (const key of restored) {
      if (!later.has(key))
        problems.push(`restore ${id} is not whole: the transfer ${key} of its backup is not there`);
    }
    for (const key of later) {
      if (left.has(key) && !restored.has(key))
        problems.push(`the transfer ${key} was done before the switch of restore ${id}, and after it`);
    }
  });
  for (const { key, how, outcome } of told) {
    if (outcome === "acknowledged" && !somewhere.has(key))
      problems.push(
        `the transfer ${key} (${how}) was acknowledged, and is neither in the database nor in a safety backup`,
      );
    if (outcome === "refused" && somewhere.has(key))
      problems.push(`the transfer ${key} (${how}) was refused, and is there`);
  }
  return problems;
}

/** The keys of the transfers that restores have taken away: the backup did not have them. */
export function takenAway(restores: readonly DoneRestore[]): Set<string> {
  const taken = new Set<string>();
  for (const { backup, safety } of restores) {
    const restored = keysOf(backup);
    for (const key of keysOf(safety)) if (!restored.has(key)) taken.add(key);
  }
  return taken;
}
