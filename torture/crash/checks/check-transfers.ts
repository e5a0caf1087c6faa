import type { Posting, ToldTransfer } from "../transfer.ts";
import { type Contents, postingsByKey } from "./contents.ts";

export interface TransferOptions {
  /** Those that must be there: by default all that were acknowledged. */
  mustBeThere?: (transfer: ToldTransfer) => boolean;
}

/**
 * Compares a database with what its clients were told.
 *
 * @param told Every transfer that anybody has ever asked this database for.
 */
export function checkTransfers(
  told: Iterable<ToldTransfer>,
  contents: Contents,
  { mustBeThere = ({ outcome }) => outcome === "acknowledged" }: TransferOptions = {},
): string[] {
  const problems: string[] = [];
  const stored = postingsByKey(contents);
  const done = new Set(contents.done.map(({ key }) => key));
  for (const transfer of told) {
    const { key, how, outcome } = transfer;
    const postings = stored.get(key);
    stored.delete(key);
    if (postings === undefined) {
      if (mustBeThere(transfer)) problems.push(`the transfer ${key} (${how}) was acknowledged, and is lost`);
      continue;
    }
    if (outcome === "refused" || how === "refused")
      problems.push(`the transfer ${key} (${how}) was refused, and is there`);
    if (!isAsAsked(transfer, postings))
      problems.push(`the transfer ${key} (${how}) is not there once and as a whole: ${describe(postings)}`);
    if (how === "once" && !done.has(key))
      problems.push(`the transfer ${key} is there without its idempotency key`);
  }
  for (const key of stored.keys()) problems.push(`nobody has asked for the transfer ${key}, which is there`);
  return problems;
}

/** How many of those with an unknown outcome are there. */
export function countUnknownButDone(told: Iterable<ToldTransfer>, contents: Contents): number {
  const stored = postingsByKey(contents);
  return [...told].filter(({ key, outcome }) => outcome === "unknown" && stored.has(key)).length;
}

function isAsAsked({ from, to, amount }: ToldTransfer, [taken, given, ...more]: Posting[]): boolean {
  return (
    more.length === 0 &&
    taken?.account === from &&
    taken.amount === -amount &&
    given?.account === to &&
    given.amount === amount
  );
}

function describe(postings: readonly Posting[]): string {
  return postings.map(({ account, amount }) => `${amount} on account ${account}`).join(", ");
}
