/** A transfer of money that a client asks for, and what the client knows of it. */

export interface Transfer {
  /** Nobody else's. */
  key: string;
  from: number;
  to: number;
  amount: number;
  how: TransferKind;
  /** Milliseconds that it waits outside the database, for the kinds that do. */
  waitMs: number;
}

export type TransferKind =
  /** Two statements in a transaction that waits for nothing: group commit. */
  | "plain"
  /** Waits outside between its two halves: detached. */
  | "waits"
  /** Waits with its physical transaction open, because it has read what random() made. */
  | "pinned"
  /** A nested block of it fails, and leaves nothing. */
  | "nested"
  /** Throws when it has done everything: leaves nothing. */
  | "refused"
  /** Has an idempotency key, and is asked for again when its outcome is not known. */
  | "once"
  /** A batch over the REST API. */
  | "batch"
  /** One statement over the REST API. */
  | "lone";

/** What the client was told: it was done; nothing was done; nothing that says which. */
export type TransferOutcome = "acknowledged" | "refused" | "unknown";

export interface ToldTransfer extends Transfer {
  outcome: TransferOutcome;
}

/** Half of a transfer, as the database has it. */
export interface Posting {
  key: string;
  account: number;
  amount: number;
}

export const accounts = 20;
export const openingBalance = 1_000;
