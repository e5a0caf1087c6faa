import { accounts, openingBalance, type Posting } from "../transfer.ts";

/** What a database of the bank has in it, in one state. */
export interface Contents {
  accounts: { id: number; balance: number }[];
  postings: Posting[];
  /** The idempotency keys. */
  done: { key: string }[];
  /** The rows of imports, by the import that they are of. */
  imported: { batch: number; rows: number; different: number }[];
  importLog: { batch: number }[];
}

/** The statement that reads each part of it. */
export const contentsSql: Record<keyof Contents, string> = {
  accounts: "SELECT id, balance FROM account ORDER BY id",
  postings: "SELECT key, account, amount FROM posting ORDER BY id",
  done: "SELECT key FROM done ORDER BY key",
  imported: 'SELECT batch, count(*) AS "rows", count(DISTINCT n) AS different FROM imported GROUP BY batch',
  importLog: "SELECT batch FROM import_log ORDER BY id",
};

/** @param run Runs statements on one state, and gives the rows of each. */
export async function readContents(
  run: (statements: string[]) => Promise<Record<string, unknown>[][]>,
): Promise<Contents> {
  const parts = Object.keys(contentsSql) as (keyof Contents)[];
  const results = await run(parts.map((part) => contentsSql[part]));
  return Object.fromEntries(parts.map((part, i) => [part, results[i]])) as unknown as Contents;
}

/** The keys of the transfers in it. */
export function keysOf({ postings }: Contents): Set<string> {
  return new Set(postings.map(({ key }) => key));
}

/** The postings of each transfer, in their order. */
export function postingsByKey({ postings }: Contents): Map<string, Posting[]> {
  const byKey = new Map<string, Posting[]>();
  for (const posting of postings) byKey.set(posting.key, [...(byKey.get(posting.key) ?? []), posting]);
  return byKey;
}

/** What is true of every state that was ever committed, whoever wrote what. */
export function checkBooks(contents: Contents): string[] {
  const problems: string[] = [];
  for (const [key, postings] of postingsByKey(contents)) {
    const sum = postings.reduce((total, { amount }) => total + amount, 0);
    if (postings.length === 1) problems.push(`half of the transfer ${key} is there`);
    else if (postings.length > 2) problems.push(`the transfer ${key} has ${postings.length} postings, not 2`);
    else if (sum !== 0) problems.push(`the postings of the transfer ${key} sum up to ${sum}, not 0`);
  }
  const booked = new Map<number, number>();
  for (const { account, amount } of contents.postings)
    booked.set(account, (booked.get(account) ?? 0) + amount);
  for (const { id, balance } of contents.accounts) {
    const expected = openingBalance + (booked.get(id) ?? 0);
    booked.delete(id);
    if (balance !== expected)
      problems.push(`account ${id} has ${balance}, and its postings sum up to ${expected}`);
  }
  for (const id of booked.keys()) problems.push(`there are postings of account ${id}, which is not there`);
  const total = contents.accounts.reduce((sum, { balance }) => sum + balance, 0);
  if (total !== accounts * openingBalance)
    problems.push(`the money is ${total}, and was ${accounts * openingBalance}`);
  const keys = keysOf(contents);
  const done = contents.done.map(({ key }) => key);
  if (new Set(done).size !== done.length) problems.push("an idempotency key is there twice");
  for (const key of done) {
    if (!keys.has(key)) problems.push(`the idempotency key of ${key} is there without the transfer`);
  }
  return problems;
}
