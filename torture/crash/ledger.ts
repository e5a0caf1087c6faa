import type { ToldTransfer } from "./transfer.ts";

/** What the clients of one database know of it. */
export class Ledger {
  /** Each transfer that was asked for, by its key. */
  readonly transfers = new Map<string, ToldTransfer>();
  /** What no client should have met. */
  readonly problems: string[] = [];
  /** The most postings that any reader was told of. */
  postingsSeen = 0;

  constructor(
    /** Of the database. */
    readonly name: string,
    readonly uuid: string,
  ) {}

  /** The keys of the transfers that were acknowledged until now. */
  acknowledged(): Set<string> {
    const keys = new Set<string>();
    for (const { key, outcome } of this.transfers.values()) if (outcome === "acknowledged") keys.add(key);
    return keys;
  }

  problem(text: string): void {
    this.problems.push(`${this.name}: ${text}`);
  }
}

/** One life of the server, for those who use it. */
export interface LifeState {
  /** It is being killed, or is dead. */
  over: boolean;
}
