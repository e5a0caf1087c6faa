import type { Contents } from "../../../torture/crash/checks/contents.ts";
import {
  accounts,
  openingBalance,
  type Posting,
  type ToldTransfer,
  type TransferKind,
  type TransferOutcome,
} from "../../../torture/crash/transfer.ts";

/** A transfer of 5 from account 1 to account 2. */
export function told(key: string, outcome: TransferOutcome, how: TransferKind = "plain"): ToldTransfer {
  return { key, from: 1, to: 2, amount: 5, how, waitMs: 1, outcome };
}

/** What it leaves in the database. */
export function posted({ key, from, to, amount }: ToldTransfer): Posting[] {
  return [
    { key, account: from, amount: -amount },
    { key, account: to, amount },
  ];
}

/** A database with these postings, and the balances that belong to them. */
export function contentsWith(...postings: Posting[][]): Contents {
  const all = postings.flat();
  const balances = Array.from({ length: accounts }, (_, i) => {
    const own = all.filter(({ account }) => account === i + 1);
    return { id: i + 1, balance: own.reduce((sum, { amount }) => sum + amount, openingBalance) };
  });
  return { accounts: balances, postings: all, done: [], imported: [], importLog: [] };
}
