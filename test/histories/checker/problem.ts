/** What is wrong with a history. */
export type Anomaly =
  /** A transaction contradicts itself: a read without its own append, or with one that it has undone, or not the same list twice. */
  | "internal"
  /** A read gives an element that nobody has appended. */
  | "garbage"
  /** A read gives an element twice. */
  | "duplicate"
  /** Two reads of a key cannot both be the beginning of one list: an update was lost, or its order has changed. */
  | "incompatible orders"
  /** A read gives what was rolled back. */
  | "G1a"
  /** A read gives a list in a state in the middle of another transaction. */
  | "G1b"
  /** A cycle of transactions each of which must come before the next one: see cycles.ts. */
  | "G0"
  | "G1c"
  | "G-single"
  | "G2-item"
  /** The same, where one of the reasons is only that a transaction had ended before the next one began. */
  | "G0-realtime"
  | "G1c-realtime"
  | "G-single-realtime"
  | "G2-item-realtime";

export interface Problem {
  anomaly: Anomaly;
  /** In words, with the numbers of the transactions. */
  explanation: string;
  /** The ids of the transactions that it takes. */
  transactions: number[];
}
